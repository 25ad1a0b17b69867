"""Small made-up lists in their publishers' formats. All people are invented."""

# ruff: noqa: E501 - the lines are the formats' own

FULAN_BIN_DALIL = "\u0641\u0644\u0627\u0646 \u0628\u0646 \u062f\u0644\u064a\u0644 \u0627\u0644\u0645\u062b\u0627\u0644\u064a"
"""In Arabic letters, as the UN list below spells it."""
OFAC_SDN = (
    '101,"TESTOVIC, Milorad Bogdan","individual","BALKANS] [SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    "\"DOB 17 May 1960; alt. DOB circa 1962; POB Nowhere; nationality Korea, North; citizen Serbia; Gender Male; a.k.a. 'MILO'.\"\r\n"
    '102,"EXAMPLE SHIPPING CO., LTD.",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    '103,"AL-MISAL, Fulan","individual","IRAQ2",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    "\x1a"
)
OFAC_ALT = (
    '101,1,"aka","TESTOVICH, Milorad",-0- \r\n'
    '102,2,"aka","EXSHIP",-0- \r\n'
    '103,3,"fka","AL-MITHAL, Foulan",-0- \r\n'
)
OFAC_ADD = '101,1,"Main Street 1","Springfield","Serbia",-0- \r\n'
OFAC_COMMENTS = "103,\"; DOB 1958 to 1962; a.k.a. 'ABU DALIL'.\"\r\n"

OFAC_XML = """<?xml version="1.0" encoding="utf-8"?>
<Sanctions xmlns="https://example.org/ADVANCED_XML" Version="1">
  <DateOfIssue CalendarTypeID="1"><Year>2026</Year><Month>3</Month><Day>9</Day></DateOfIssue>
  <ReferenceValueSets>
    <AreaCodeValues><AreaCode ID="11" CountryID="21" Description="Freedonia">FD</AreaCode></AreaCodeValues>
    <CountryValues><Country ID="21">Iraq</Country></CountryValues>
    <DetailReferenceValues><DetailReference ID="91526">Female</DetailReference></DetailReferenceValues>
    <FeatureTypeValues>
      <FeatureType ID="8">Birthdate</FeatureType><FeatureType ID="10">Nationality Country</FeatureType>
      <FeatureType ID="224">Gender</FeatureType>
    </FeatureTypeValues>
    <NamePartTypeValues>
      <NamePartType ID="1520">Last Name</NamePartType><NamePartType ID="1521">First Name</NamePartType>
    </NamePartTypeValues>
    <PartyTypeValues><PartyType ID="1">Individual</PartyType><PartyType ID="2">Entity</PartyType></PartyTypeValues>
    <PartySubTypeValues>
      <PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType>
      <PartySubType ID="3" PartyTypeID="2">Unknown</PartySubType>
    </PartySubTypeValues>
  </ReferenceValueSets>
  <Locations>
    <Location ID="77"><LocationCountry CountryID="21" CountryRelevanceID="1"/></Location>
  </Locations>
  <DistinctParties>
    <DistinctParty FixedRef="501"><Profile ID="501" PartySubTypeID="4">
      <Identity ID="1" FixedRef="501" Primary="true">
        <Alias FixedRef="501" AliasTypeID="1400" Primary="false" LowQuality="true">
          <DocumentedName ID="3"><DocumentedNamePart><NamePartValue NamePartGroupID="91">Zaza</NamePartValue>
          </DocumentedNamePart></DocumentedName>
        </Alias>
        <Alias FixedRef="501" AliasTypeID="1403" Primary="true" LowQuality="false">
          <DocumentedName ID="2">
            <DocumentedNamePart><NamePartValue NamePartGroupID="90" ScriptID="215">AL-MISAL</NamePartValue></DocumentedNamePart>
            <DocumentedNamePart><NamePartValue NamePartGroupID="91" ScriptID="215">Layla</NamePartValue></DocumentedNamePart>
          </DocumentedName>
          <DocumentedName ID="4">
            <DocumentedNamePart><NamePartValue NamePartGroupID="91" ScriptID="160">\u0644\u064a\u0644\u0649 \u0627\u0644\u0645\u062b\u0627\u0644</NamePartValue></DocumentedNamePart>
          </DocumentedName>
        </Alias>
        <NamePartGroups>
          <MasterNamePartGroup><NamePartGroup ID="90" NamePartTypeID="1520"/></MasterNamePartGroup>
          <MasterNamePartGroup><NamePartGroup ID="91" NamePartTypeID="1521"/></MasterNamePartGroup>
        </NamePartGroups>
      </Identity>
      <Feature ID="1" FeatureTypeID="8"><FeatureVersion ID="1"><DatePeriod CalendarTypeID="1">
        <Start Approximate="false"><From><Year>1961</Year><Month>2</Month><Day>3</Day></From><To><Year>1961</Year><Month>2</Month><Day>3</Day></To></Start>
        <End Approximate="false"><From><Year>1961</Year><Month>2</Month><Day>3</Day></From><To><Year>1961</Year><Month>2</Month><Day>3</Day></To></End>
      </DatePeriod></FeatureVersion></Feature>
      <Feature ID="2" FeatureTypeID="10"><FeatureVersion ID="2"><VersionLocation LocationID="77"/></FeatureVersion></Feature>
      <Feature ID="3" FeatureTypeID="224"><FeatureVersion ID="3"><VersionDetail DetailTypeID="1431" DetailReferenceID="91526"/></FeatureVersion></Feature>
    </Profile></DistinctParty>
    <DistinctParty FixedRef="502"><Profile ID="502" PartySubTypeID="3"><Identity ID="2"/></Profile></DistinctParty>
  </DistinctParties>
</Sanctions>
"""

UN_XML = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09.554Z"><INDIVIDUALS>
  <INDIVIDUAL><DATAID>9001</DATAID><FIRST_NAME>FULAN</FIRST_NAME><SECOND_NAME>BIN</SECOND_NAME>
    <THIRD_NAME>DALIL</THIRD_NAME><FOURTH_NAME>AL-MITHALI</FOURTH_NAME><UN_LIST_TYPE>Testland</UN_LIST_TYPE>
    <REFERENCE_NUMBER>TEi.001</REFERENCE_NUMBER>
    <NAME_ORIGINAL_SCRIPT>\u0641\u0644\u0627\u0646 \u0628\u0646 \u062f\u0644\u064a\u0644 \u0627\u0644\u0645\u062b\u0627\u0644\u064a</NAME_ORIGINAL_SCRIPT>
    <GENDER>Male</GENDER><NATIONALITY><VALUE>Iraq</VALUE></NATIONALITY>
    <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Foulan Dalil</ALIAS_NAME></INDIVIDUAL_ALIAS>
    <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Abu Mithal</ALIAS_NAME></INDIVIDUAL_ALIAS>
    <INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
    <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1958</FROM_YEAR><TO_YEAR>1960</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
    <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1965</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
    <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1959-04-05</DATE></INDIVIDUAL_DATE_OF_BIRTH>
  </INDIVIDUAL>
  <INDIVIDUAL><DATAID>9002</DATAID><FIRST_NAME>PAK</FIRST_NAME><SECOND_NAME>SAM PUL</SECOND_NAME>
    <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE/></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL>
</INDIVIDUALS><ENTITIES><ENTITY><DATAID>9003</DATAID><FIRST_NAME>EXAMPLE BANK</FIRST_NAME></ENTITY></ENTITIES>
</CONSOLIDATED_LIST>
"""

EU_CSV = (
    "\ufefffileGenerationDate;Entity_LogicalId;Entity_SubjectType;NameAlias_WholeName;NameAlias_Strong;NameAlias_Gender;"
    "BirthDate_BirthDate;BirthDate_Year;Citizenship_CountryIso2Code;Entity_Regulation_Programme\r\n"
    '04/08/2026;13;P;"Ivana; Primerova";true;F;;;;TST\r\n'
    "04/08/2026;14;E;Example Ltd;true;;;;;TST\r\n"
    "04/08/2026;13;P;\u0418\u0432\u0430\u043d\u0430 \u041f\u0440\u0438\u043c\u0435\u0440\u043e\u0432\u0430;true;;1971-06-07;1971;;TST\r\n"
    "04/08/2026;13;P;Vanja P;false;;;;RU;TST\r\n"
)
EU_XML = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://example.org/export" generationDate="2026-08-05T16:47:04.449+02:00" globalFileId="1">
  <sanctionEntity euReferenceNumber="EU.1.2" logicalId="13">
    <regulation programme="TST"/><subjectType code="person" classificationCode="P"/>
    <nameAlias firstName="Ivana" middleName="" lastName="Primerova" wholeName="Ivana Primerova" gender="F" strong="true"/>
    <nameAlias firstName="Vanja" middleName="" lastName="P" wholeName="" strong="false"/>
    <citizenship countryIso2Code="RU" countryDescription="RUSSIAN FEDERATION"/>
    <birthdate circa="true" year="1971" birthdate=""/><birthdate yearRangeFrom="1969" yearRangeTo="1973"/>
  </sanctionEntity>
  <sanctionEntity logicalId="14"><subjectType code="enterprise" classificationCode="E"/>
    <nameAlias wholeName="Example Ltd" strong="true"/></sanctionEntity>
</export>
"""
UK_CSV = (
    "Report Date: 02-Oct-2026\r\n"
    "Last Updated,Unique ID,OFSI Group ID,Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Name type,Alias strength,"
    "Name non-latin script,Regime Name,Designation Type,D.O.B,Nationality(/ies),Gender\r\n"
    "01/10/2026,TST0001,1,Primerov,Iv,,,,,Alias,Low quality a.k.a,,Testland,Individual,,,\r\n"
    "01/10/2026,TST0001,1,Primerov,Ivan,Petrovich,,,,Primary Name,,\u0418\u0432\u0430\u043d \u041f\u0440\u0438\u043c\u0435\u0440\u043e\u0432,Testland,Individual,"
    "07/06/1971 | dd/mm/1972,(1) Russia (2) Belarus,Male\r\n"
    "01/10/2026,TST0002,2,EXAMPLE PLC,,,,,,Primary Name,,,Testland,Entity,,,\r\n"
)
OPENSANCTIONS_CSV = (
    "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,"
    "first_seen,last_seen,last_change\r\n"
    'NK-1,Person,Ivana Primerova,"Vanja Primer;\u0418\u0432\u0430\u043d\u0430 \u041f\u0440\u0438\u043c\u0435\u0440\u043e\u0432\u0430",1971-06-07;1972,ru;by,,,,,,TST,Test list,'
    "2023-01-01T00:00:00,2026-10-02T11:12:13,2026-01-01T00:00:00\r\n"
    "NK-2,Company,Example Ltd,,,us,,,,,,,Test list,2023-01-01,2026-10-01,2026-01-01\r\n"
)
OPENSANCTIONS_JSON = (
    '{"id":"NK-1","caption":"Ivana Primerova","schema":"Person","properties":{"name":["Ivana Primerova"],'
    '"alias":["Vanja Primer"],"weakAlias":["Vanja"],"birthDate":["1971-06-07"],"nationality":["ru"],'
    '"gender":["female"],"topics":["sanction"],"addressEntity":[{"id":"x"}]},"last_seen":"2026-10-02T11:12:13"}\n'
    "\n"
    '{"id":"NK-2","schema":"Vessel","properties":{"name":["Example"]}}\n'
)
