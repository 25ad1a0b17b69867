"""Words that stand beside or above values on documents, in the languages whose documents are read.

Case, accents, points and blanks do not matter; letters that Latin alphabets add are written plain.
"""

from typing import Final

OTHER: Final = "other"
"""A label of something that is not kept: it ends a value and is no value itself."""

AMBIGUOUS_NAME: Final = "name"
"""`Name`: the surname on a German card, the whole name on others."""

PASSPORT_NUMBER: Final = "passport_number"
"""The number of a passport: the document's own on a passport, another document's on a visa."""

VOCABULARY: Final[dict[str, str]] = {
    "last_name": """surname; surnames; surname(s); family name; family names; last name; primary
        identifier; nom; noms; nom de famille; nachname; familienname; apellidos; apellido;
        apelido; apelidos; cognome; nazwisko; príjmení; prezime; priimek; efternamn;
        etternavn; efternavn; sukunimi; perekonnanimi; uzvārds; pavardė; mbiemri; mbiemër;
        soyadi; achternaam; naam; nume; priezvisko; családi név; eponymo; ln; last; nazwiska""",
    "first_name": """given names; given name; given name(s); first name; first names; forenames;
        forename(s); forename; secondary identifier; prénom; prénoms; prénom(s); vorname;
        vornamen; vorname(n); nombre; nombres; nome; nomes; nome(s) próprio(s); imię;
        imiona; imię (imiona); jméno; jména; ime; meno; förnamn; fornavn; etunimet; eesnimi;
        vārds; vārdi; vardas; emri; emër; adi; adi, atasinin adi; given name, patronymic;
        voornamen; voornaam; prenume; utónév; onoma; fn; first""",
    "full_name": """full name; name and surname; surname and given names; nom et prénoms; name in full;
        adi soyadi""",
    AMBIGUOUS_NAME: "name",
    "nationality": """nationality; citizenship; nationalité; staatsangehörigkeit; staatsbürgerschaft;
        nacionalidad; cittadinanza; nazionalità; nacionalidade; obywatelstwo; státní
        občanství; státne občianstvo; medborgarskap; nationaliteit; kodakondsus; pilsonība;
        tautība; pilietybė; shtetësia; uyruğu; vatandaşliği; cetățenie; állampolgárság;
        državljanstvo; statsborgerskap; kansalaisuus; ithageneia; ypikootita""",
    "date_of_birth": """date of birth; birth date; birthdate; dob; date of birth (dob); date de naissance;
        né(e) le; geburtsdatum; geburtstag; tag der geburt; geboren am; fecha de nacimiento;
        fecha nacimiento; data di nascita; nato il; data de nascimento; data urodzenia;
        datum narození; dátum narodenia; födelsedatum; geboortedatum; doğum tarihi; datum
        rođenja; datum rojstva; datëlindja; dzimšanas datums; gimimo data; sünniaeg;
        syntymäaika; fødselsdato; data nașterii; születési idő; doğulduğu tarix; ddn; imerominia
        gennisis""",
    "sex": """sex; sexe; gender; geschlecht; sexo; sesso; płeć; pohlaví; pohlavie; kön; køn;
        geslacht; spol; gjinia; cinsiyeti; cinsiyet; cinsi; dzimums; lytis; sugu; sukupuoli;
        kjønn; neme; fylo; sexul""",
    "place_of_birth": """place of birth; birthplace; birth place; lieu de naissance; geburtsort; lugar de
        nacimiento; luogo di nascita; local de nascimento; naturalidade; miejsce urodzenia;
        místo narození; miesto narodenia; födelseort; geboorteplaats; doğum yeri; mjesto
        rođenja; kraj rojstva; vendlindja; doğulduğu yer; dzimšanas vieta; gimimo vieta;
        sünnikoht; syntymäpaikka; fødested; locul nașterii; születési hely""",
    "issue_date": """date of issue; issue date; issued on; issued; date issued; iss; date de délivrance;
        délivré le; ausstellungsdatum; ausgestellt am; fecha de expedición; fecha de
        emisión; expedición; data di rilascio; data de emissão; data wydania; datum vydání;
        dátum vydania; utfärdat den; utfärdad; datum van afgifte; veriliş tarihi; düzenlenme
        tarihi; data e lëshimit; verilma tarixi; izdošanas datums; išdavimo data;
        väljaandmise kuupäev; myöntämispäivä; utstedelsesdato; data emiterii; datum
        izdavanja""",
    "expiry_date": """date of expiry; expiry date; date of expiration; expiration date; expires on;
        expires; expiry; expiration; exp; valid until; until; valid thru; valid to;
        date d'expiration; valable
        jusqu'au; gültig bis; ablaufdatum; fecha de caducidad; fecha de vencimiento; válido
        hasta; valido hasta; validez; data di scadenza; scadenza; data de validade; válido
        até; validade; data ważności; termin ważności; data upływu ważności; platnost do;
        platnosť do; giltigt till; giltig t.o.m; geldig tot; son geçerlilik tarihi;
        geçerlilik tarihi; vrijedi do; data e skadimit; etibarliliq müddati; bitma tarixi;
        derīga līdz; galioja iki; kehtiv kuni; voimassaoloaika; utløpsdato; data expirării;
        érvényes""",
    PASSPORT_NUMBER: """passport no; passport number; passport n; passeport no; passeport n; numéro du
        passeport; pass nr; passnummer; reisepass nr; pasaporte no; pasaporte n; pasaporte
        núm; passaporto n; passaporto no; passaporte n; passaporte no; nr paszportu; seria i
        numer paszportu; číslo pasu; pasportun nömrasi; pases numurs; pase nr; pass no;
        passinumero; pass n; number of passport; n of passport; no of passport""",
    "document_number": """visa number; visa no; control number; document no; document number;
        document n; card no; card number; id no; id number; identity card no;
        identity card number; no du document; n du document; number numéro; numéro du document;
        dokumentennummer; dokumentnummer; ausweisnummer;
        ausweis nr; núm soporte; num soporte; idesp; numero documento; numero carta; n
        documento; numer dokumentu; seria i numer; číslo dokladu; číslo průkazu; kortnummer;
        documentnummer; licence no; license no; licence number; license number; lic no; lic;
        dl; dln; dl no; dl number; nr. letërnjoftimi; nr letërnjoftimi; número de documento;
        seri no; id nr; dokumendi number; dokumenta numurs;
        asiakirjan numero; číslo""",
    "visa_type": """visa type; type of visa; visa type class; visa class; type de visa; visumtyp;
        tipo de visado; tipo di visto; tipo de visto""",
    "personal_number": """personal no; personal number; personal identification no; personal id no; personal
        code; nr personal; nr. personal; nr pesel; pesel; numer pesel; rodné číslo;
        personnummer; isikukood; personas kods; asmens kodas; tc kimlik no; fardi
        identifikasiya nömrasi; n personnel; no personnel; persönliche nr; codice fiscale;
        persoonsnummer; n pessoal; no pessoal; n personal; no personal; n personale;
        personale; identity no; national id no; national identification number; dni; dni
        núm; cnp; oib""",
    "issuing_country": """code of issuing state; code of state; issuing state; issuing country; country code;
        state code; code du pays; code pays; code de l'etat émetteur; kode; código del país;
        codice paese; codice dello stato; código do país; kod; kód; landskod; ölkanin kodu;
        land; kodi; code""",
    "address": """address; adresse; anschrift; domicilio; residenza; morada; adres; adresa; adress;
        indirizzo; domicile; adreswoonplaats; permanent address""",
    OTHER: """type; typ; tipo; tip; lloji; authority; autorité; behörde; ausstellende behörde;
        autoridad; autorità; autoridade; organ; organ wydający; vydal; myndighet; issuing
        authority; issued by; autoriteti lëshues; autoriteti; height; taille; haut; catég; class catég; größe;
        estatura; statura; altura; wzrost; výška; längd; hgt; wgt; weight; eyes; eye colour;
        hair; class; restrictions; rest; end; endorsements; donor; signature; holder's
        signature; firma; unterschrift; signature du titulaire; signature of bearer;
        observations; categories; veteran; augenfarbe; religious name; birth name; nom
        d'usage; geburtsname; authority issuing; issuing post name; entries; number of entries;
        duration of stay; valid for; from; issued in; annotation; annotations; remarks;
        card access number; can; pasportu veran
        orqan; issuing authority passport; title""",
}
"""Field of `appliance.domain.document.Document` -> its labels, parted by semicolons."""
