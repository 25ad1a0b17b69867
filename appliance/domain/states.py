"""Names and codes of states and of the other issuers that travel documents know.

Codes: ISO 3166-1 (249 entries) and those that ICAO Doc 9303 part 3 section 5 adds: Germany's `D`,
organisations, classes of British nationals, persons without a nationality, and Utopia of the specimens.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class State:
    """A state or other issuer.

    Attributes:
        code: three letters: ISO 3166-1 alpha-3 or the ICAO code.
        alpha2: ISO 3166-1 alpha-2; "" where ISO has none.
        name: in English.
        also: other names, adjectives and the state's own words as documents print them.
    """

    code: str
    alpha2: str
    name: str
    also: tuple[str, ...]


_ISO_ROWS: Final = """
ABW AW Aruba
AFG AF Afghanistan; Islamic Republic of Afghanistan
AGO AO Angola; Republic of Angola
AIA AI Anguilla
ALA AX Åland Islands; Aland Islands
ALB AL Albania; Republic of Albania; Shqiptare; Albanian; Republika e Shqiperise
AND AD Andorra; Principality of Andorra
ARE AE United Arab Emirates; UAE; Emirati
ARG AR Argentina; Argentine Republic; Argentine; Argentino
ARM AM Armenia; Republic of Armenia; Armenian
ASM AS American Samoa
ATA AQ Antarctica
ATF TF French Southern Territories
ATG AG Antigua and Barbuda
AUS AU Australia; Australian
AUT AT Austria; Republic of Austria; Oesterreich; Republik Oesterreich; Austrian
AZE AZ Azerbaijan; Republic of Azerbaijan; Azerbaijani; Azerbaycan
BDI BI Burundi; Republic of Burundi
BEL BE Belgium; Kingdom of Belgium; Belge; Belg; Belgisch; Belgian; Royaume de Belgique; Belgie; Belgique
BEN BJ Benin; Republic of Benin
BES BQ Bonaire, Sint Eustatius and Saba
BFA BF Burkina Faso
BGD BD Bangladesh; People's Republic of Bangladesh; Bangladeshi
BGR BG Bulgaria; Republic of Bulgaria; Bulgarian
BHR BH Bahrain; Kingdom of Bahrain; Bahraini
BHS BS Bahamas; Commonwealth of the Bahamas
BIH BA Bosnia and Herzegovina; Republic of Bosnia and Herzegovina; Bosna i Hercegovina
BLM BL Saint Barthélemy; Saint Barthelemy
BLR BY Belarus; Republic of Belarus; Belarusian
BLZ BZ Belize
BMU BM Bermuda
BOL BO Bolivia; Bolivia, Plurinational State of; Plurinational State of Bolivia; Boliviana; Estado
    Plurinacional de Bolivia
BRA BR Brazil; Federative Republic of Brazil; Brasil; Brasileiro; Brasileira; Republica Federativa do
    Brasil; Brazilian
BRB BB Barbados
BRN BN Brunei Darussalam; Brunei
BTN BT Bhutan; Kingdom of Bhutan
BVT BV Bouvet Island
BWA BW Botswana; Republic of Botswana
CAF CF Central African Republic
CAN CA Canada; Canadian; Canadienne
CCK CC Cocos (Keeling) Islands
CHE CH Switzerland; Swiss Confederation; Suisse; Schweiz; Svizzera; Swiss; Schweizerische
    Eidgenossenschaft
CHL CL Chile; Republic of Chile; Chilena; Chilean
CHN CN China; People's Republic of China; Chinese
CIV CI Côte d'Ivoire; Republic of Côte d'Ivoire; Ivory Coast; Ivoirienne
CMR CM Cameroon; Republic of Cameroon; Camerounaise; Cameroonian
COD CD Congo, The Democratic Republic of the; DR Congo; Democratic Republic of the Congo
COG CG Congo; Republic of the Congo
COK CK Cook Islands
COL CO Colombia; Republic of Colombia; Colombiana; Colombian
COM KM Comoros; Union of the Comoros
CPV CV Cabo Verde; Republic of Cabo Verde; Cape Verde
CRI CR Costa Rica; Republic of Costa Rica; Costarricense
CUB CU Cuba; Republic of Cuba; Cubana
CUW CW Curaçao; Curacao
CXR CX Christmas Island
CYM KY Cayman Islands
CYP CY Cyprus; Republic of Cyprus; Cypriot; Kypriaki Dimokratia
CZE CZ Czechia; Czech Republic; Czech; Ceska republika; Cesko
DEU DE Germany; Federal Republic of Germany; Deutsch; Deutschland; Bundesrepublik Deutschland; German
DJI DJ Djibouti; Republic of Djibouti
DMA DM Dominica; Commonwealth of Dominica
DNK DK Denmark; Kingdom of Denmark; Danmark; Dansk; Danish
DOM DO Dominican Republic; Dominicana; Republica Dominicana
DZA DZ Algeria; People's Democratic Republic of Algeria; Algerienne; Algerian
ECU EC Ecuador; Republic of Ecuador; Ecuatoriana; Ecuadorian
EGY EG Egypt; Arab Republic of Egypt; Egyptian
ERI ER Eritrea; the State of Eritrea
ESH EH Western Sahara
ESP ES Spain; Kingdom of Spain; Espana; Espanola; Reino de Espana; Spanish
EST EE Estonia; Republic of Estonia; Eesti; Eesti Vabariik; Estonian
ETH ET Ethiopia; Federal Democratic Republic of Ethiopia; Ethiopian
FIN FI Finland; Republic of Finland; Suomi; Suomalainen; Finnish
FJI FJ Fiji; Republic of Fiji
FLK FK Falkland Islands (Malvinas)
FRA FR France; French Republic; Francaise; French; Republique Francaise
FRO FO Faroe Islands
FSM FM Micronesia, Federated States of; Federated States of Micronesia; Micronesia
GAB GA Gabon; Gabonese Republic
GBR GB United Kingdom; United Kingdom of Great Britain and Northern Ireland; Great Britain; British;
    British Citizen; UK
GEO GE Georgia; Georgian
GGY GG Guernsey
GHA GH Ghana; Republic of Ghana; Ghanaian
GIB GI Gibraltar
GIN GN Guinea; Republic of Guinea
GLP GP Guadeloupe
GMB GM Gambia; Republic of the Gambia
GNB GW Guinea-Bissau; Republic of Guinea-Bissau
GNQ GQ Equatorial Guinea; Republic of Equatorial Guinea
GRC GR Greece; Hellenic Republic; Hellenic; Hellas; Greek
GRD GD Grenada
GRL GL Greenland
GTM GT Guatemala; Republic of Guatemala; Guatemalteca
GUF GF French Guiana
GUM GU Guam
GUY GY Guyana; Republic of Guyana
HKG HK Hong Kong; Hong Kong Special Administrative Region of China; Hong Kong Special Administrative
    Region
HMD HM Heard Island and McDonald Islands
HND HN Honduras; Republic of Honduras
HRV HR Croatia; Republic of Croatia; Hrvatska; Republika Hrvatska; Hrvatsko; Croatian
HTI HT Haiti; Republic of Haiti
HUN HU Hungary; Magyar; Magyarorszag; Hungarian
IDN ID Indonesia; Republic of Indonesia; Indonesian
IMN IM Isle of Man
IND IN India; Republic of India; Indian; Bharat
IOT IO British Indian Ocean Territory
IRL IE Ireland; Republic of Ireland; Eire; Irish
IRN IR Iran; Iran, Islamic Republic of; Islamic Republic of Iran; Iranian
IRQ IQ Iraq; Republic of Iraq; Iraqi
ISL IS Iceland; Republic of Iceland; Islenskt; Icelandic
ISR IL Israel; State of Israel; Israeli
ITA IT Italy; Italian Republic; Italiana; Repubblica Italiana; Italian; Italia
JAM JM Jamaica
JEY JE Jersey
JOR JO Jordan; Hashemite Kingdom of Jordan; Jordanian
JPN JP Japan; Japanese
KAZ KZ Kazakhstan; Republic of Kazakhstan; Kazakhstani
KEN KE Kenya; Republic of Kenya; Kenyan
KGZ KG Kyrgyzstan; Kyrgyz Republic
KHM KH Cambodia; Kingdom of Cambodia
KIR KI Kiribati; Republic of Kiribati
KNA KN Saint Kitts and Nevis
KOR KR South Korea; Korea, Republic of; Republic of Korea; Korean
KWT KW Kuwait; State of Kuwait; Kuwaiti
LAO LA Laos; Lao People's Democratic Republic
LBN LB Lebanon; Lebanese Republic; Lebanese
LBR LR Liberia; Republic of Liberia
LBY LY Libya
LCA LC Saint Lucia
LIE LI Liechtenstein; Principality of Liechtenstein
LKA LK Sri Lanka; Democratic Socialist Republic of Sri Lanka; Sri Lankan
LSO LS Lesotho; Kingdom of Lesotho
LTU LT Lithuania; Republic of Lithuania; Lietuva; Lietuvos Respublika; Lithuanian
LUX LU Luxembourg; Grand Duchy of Luxembourg; Luxembourgeoise; Grand-Duche de Luxembourg
LVA LV Latvia; Republic of Latvia; Latvija; Latvijas Republika; Latvian
MAC MO Macao; Macao Special Administrative Region of China; Macau
MAF MF Saint Martin (French part)
MAR MA Morocco; Kingdom of Morocco; Marocaine; Moroccan
MCO MC Monaco; Principality of Monaco
MDA MD Moldova; Moldova, Republic of; Republic of Moldova; Moldovan
MDG MG Madagascar; Republic of Madagascar
MDV MV Maldives; Republic of Maldives
MEX MX Mexico; United Mexican States; Mexicana; Estados Unidos Mexicanos; Mexican
MHL MH Marshall Islands; Republic of the Marshall Islands
MKD MK North Macedonia; Republic of North Macedonia; Republic of Macedonia; Macedonian
MLI ML Mali; Republic of Mali
MLT MT Malta; Republic of Malta; Maltese
MMR MM Myanmar; Republic of Myanmar; Burma
MNE ME Montenegro; Crna Gora; Montenegrin
MNG MN Mongolia
MNP MP Northern Mariana Islands; Commonwealth of the Northern Mariana Islands
MOZ MZ Mozambique; Republic of Mozambique
MRT MR Mauritania; Islamic Republic of Mauritania
MSR MS Montserrat
MTQ MQ Martinique
MUS MU Mauritius; Republic of Mauritius
MWI MW Malawi; Republic of Malawi
MYS MY Malaysia; Malaysian; Warganegara
MYT YT Mayotte
NAM NA Namibia; Republic of Namibia
NCL NC New Caledonia
NER NE Niger; Republic of the Niger
NFK NF Norfolk Island
NGA NG Nigeria; Federal Republic of Nigeria; Nigerian
NIC NI Nicaragua; Republic of Nicaragua
NIU NU Niue
NLD NL Netherlands; Kingdom of the Netherlands; Nederlandse; Nederland; Koninkrijk der Nederlanden; Dutch;
    Holland
NOR NO Norway; Kingdom of Norway; Norge; Norsk; Norwegian
NPL NP Nepal; Federal Democratic Republic of Nepal; Nepali; Nepalese
NRU NR Nauru; Republic of Nauru
NZL NZ New Zealand; New Zealander; Aotearoa
OMN OM Oman; Sultanate of Oman; Omani
PAK PK Pakistan; Islamic Republic of Pakistan; Pakistani
PAN PA Panama; Republic of Panama; Panamena; Panamanian; Republica de Panama
PCN PN Pitcairn
PER PE Peru; Republic of Peru; Peruana; Peruvian
PHL PH Philippines; Republic of the Philippines; Pilipinas; Republika ng Pilipinas; Filipino
PLW PW Palau; Republic of Palau
PNG PG Papua New Guinea; Independent State of Papua New Guinea
POL PL Poland; Republic of Poland; Polskie; Polska; Rzeczpospolita Polska; Polish
PRI PR Puerto Rico
PRK KP North Korea; Korea, Democratic People's Republic of; Democratic People's Republic of Korea
PRT PT Portugal; Portuguese Republic; Portuguesa; Portuguese; Republica Portuguesa
PRY PY Paraguay; Republic of Paraguay; Paraguaya
PSE PS Palestine, State of; the State of Palestine; Palestine
PYF PF French Polynesia
QAT QA Qatar; State of Qatar; Qatari
REU RE Réunion; Reunion
ROU RO Romania; Romana; Romanian
RUS RU Russian Federation; Russian; Russia
RWA RW Rwanda; Rwandese Republic
SAU SA Saudi Arabia; Kingdom of Saudi Arabia; Saudi
SDN SD Sudan; Republic of the Sudan
SEN SN Senegal; Republic of Senegal; Senegalaise; Senegalese
SGP SG Singapore; Republic of Singapore; Singapore Citizen; Singaporean
SGS GS South Georgia and the South Sandwich Islands
SHN SH Saint Helena, Ascension and Tristan da Cunha
SJM SJ Svalbard and Jan Mayen
SLB SB Solomon Islands
SLE SL Sierra Leone; Republic of Sierra Leone
SLV SV El Salvador; Republic of El Salvador
SMR SM San Marino; Republic of San Marino
SOM SO Somalia; Federal Republic of Somalia
SPM PM Saint Pierre and Miquelon
SRB RS Serbia; Republic of Serbia; Srbija; Republika Srbija; Serbian
SSD SS South Sudan; Republic of South Sudan
STP ST Sao Tome and Principe; Democratic Republic of Sao Tome and Principe
SUR SR Suriname; Republic of Suriname
SVK SK Slovakia; Slovak Republic; Slovenska republika; Slovak
SVN SI Slovenia; Republic of Slovenia; Slovenija; Republika Slovenija; Slovensko; Slovenian
SWE SE Sweden; Kingdom of Sweden; Sverige; Svensk; Swedish
SWZ SZ Eswatini; Kingdom of Eswatini; Swaziland
SXM SX Sint Maarten (Dutch part)
SYC SC Seychelles; Republic of Seychelles
SYR SY Syria; Syrian Arab Republic; Syrian
TCA TC Turks and Caicos Islands
TCD TD Chad; Republic of Chad
TGO TG Togo; Togolese Republic
THA TH Thailand; Kingdom of Thailand; Thai
TJK TJ Tajikistan; Republic of Tajikistan
TKL TK Tokelau
TKM TM Turkmenistan
TLS TL Timor-Leste; Democratic Republic of Timor-Leste; East Timor
TON TO Tonga; Kingdom of Tonga
TTO TT Trinidad and Tobago; Republic of Trinidad and Tobago
TUN TN Tunisia; Republic of Tunisia; Tunisienne; Tunisian
TUR TR Türkiye; Republic of Türkiye; Turkey; Republic of Turkey; Turkiye Cumhuriyeti; Turkish; T.C.
TUV TV Tuvalu
TWN TW Taiwan; Taiwan, Province of China; Republic of China; Taiwan, Republic of China
TZA TZ Tanzania; Tanzania, United Republic of; United Republic of Tanzania; Tanzanian
UGA UG Uganda; Republic of Uganda; Ugandan
UKR UA Ukraine; Ukrainian
UMI UM United States Minor Outlying Islands
URY UY Uruguay; Eastern Republic of Uruguay; Uruguaya
USA US United States; United States of America; United States of America (the); American
UZB UZ Uzbekistan; Republic of Uzbekistan; Uzbekistani
VAT VA Holy See (Vatican City State); Vatican City
VCT VC Saint Vincent and the Grenadines
VEN VE Venezuela; Venezuela, Bolivarian Republic of; Bolivarian Republic of Venezuela; Venezolana;
    Venezuelan
VGB VG Virgin Islands, British; British Virgin Islands
VIR VI Virgin Islands, U.S.; Virgin Islands of the United States
VNM VN Vietnam; Viet Nam; Socialist Republic of Viet Nam; Vietnamese
VUT VU Vanuatu; Republic of Vanuatu
WLF WF Wallis and Futuna
WSM WS Samoa; Independent State of Samoa
YEM YE Yemen; Republic of Yemen
ZAF ZA South Africa; Republic of South Africa; South African; RSA
ZMB ZM Zambia; Republic of Zambia
ZWE ZW Zimbabwe; Republic of Zimbabwe; Zimbabwean
"""

_ICAO_ROWS: Final = """
EUE -- European Union; Laissez-passer
GBD -- British Overseas Territories Citizen
GBN -- British National (Overseas)
GBO -- British Overseas Citizen
GBP -- British Protected Person
GBS -- British Subject
IAO -- International Civil Aviation Organization
NTZ -- Neutral Zone
RKS -- Kosovo; Republic of Kosovo; Republika e Kosoves; Kosovar
UNA -- United Nations Specialized Agency
UNK -- United Nations Interim Administration Mission in Kosovo
UNO -- United Nations
UTO -- Utopia; Utopian
XBA -- African Development Bank
XCC -- Caribbean Community
XCE -- Council of Europe
XCO -- Common Market for Eastern and Southern Africa
XDC -- Southern African Development Community
XEC -- Economic Community of West African States
XES -- Organization of Eastern Caribbean States
XIM -- African Export-Import Bank; Afreximbank
XMP -- Parliamentary Assembly of the Mediterranean
XOM -- Sovereign Military Order of Malta
XPO -- Interpol
XXA -- Stateless Person; Stateless
XXB -- Refugee
XXC -- Refugee, other
XXX -- Unspecified Nationality
"""

_GERMANY: Final = "D"
_FILLER: Final = "<"


def _rows(text: str) -> list[State]:
    """Read a table; a line that begins with blanks goes on with the one before."""
    joined = re.sub(r"\n +", " ", text.strip())
    states = []
    for row in joined.splitlines():
        code, alpha2, names = row.split(" ", 2)
        name, *also = names.split("; ")
        states.append(State(code, "" if alpha2 == "--" else alpha2, name, tuple(also)))
    return states


def _plain(text: str) -> str:
    """Capitals without accents, one blank between words: the form in which names are compared."""
    bare = unicodedata.normalize("NFKD", text.upper()).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[A-Z]+", bare.replace("'", "").replace(".", "")))


def _names(states: Mapping[str, State]) -> dict[str, str]:
    """Every plain name that belongs to exactly one code."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for state in states.values():
        for name in {_plain(name) for name in (state.name, *state.also)}:
            if found.setdefault(name, state.code) != state.code:
                shared.add(name)
    return {name: code for name, code in found.items() if name not in shared}


ISO_3166: Final[Mapping[str, State]] = MappingProxyType({state.code: state for state in _rows(_ISO_ROWS)})
"""The 249 entries of ISO 3166-1 by alpha-3."""

STATES: Final[Mapping[str, State]] = MappingProxyType(
    {**ISO_3166, **{state.code: state for state in _rows(_ICAO_ROWS)}}
)
"""All codes that a document may carry, by three letters. Germany stands as DEU; `D` is how it is printed."""

_BY_ALPHA2: Final = {state.alpha2: state.code for state in STATES.values() if state.alpha2}
_BY_NAME: Final = _names(STATES)
_ZONE_CODES: Final = frozenset(STATES) | {_GERMANY + 2 * _FILLER}


def normalised_code(zone: str) -> str:
    """The code behind a three-character state field of a machine-readable zone.

    Args:
        zone: the characters as read, fillers included, for example `D<<`.

    Returns:
        The code without fillers, `DEU` for Germany's `D`. Characters that are no known code come back as
        they are: whether to believe them is the caller's choice (`is_known`).
    """
    code = zone.strip(_FILLER)
    return "DEU" if code == _GERMANY else code


def is_known(zone: str) -> bool:
    """Whether the three characters of a zone, fillers included, are a code of ISO 3166-1 or ICAO."""
    return zone in _ZONE_CODES


def from_print(text: str) -> str | None:
    """The code that a printed nationality or issuer means.

    Args:
        text: as printed: an English or native name, an adjective, an alpha-2 or alpha-3 code, or several of
            these with strokes between ("DEUTSCH / GERMAN"). Case, accents and points do not matter.

    Returns:
        Three letters, or None where no name fits or two parts name different states.
    """
    whole = _code_of(text)
    if whole:
        return whole
    parts = {code for part in re.split(r"[/|,;()]", text) if (code := _code_of(part))}
    return parts.pop() if len(parts) == 1 else None


def _code_of(text: str) -> str | None:
    name = _plain(text.replace(_FILLER, ""))
    if name == _GERMANY or name in STATES:
        return normalised_code(name)
    return _BY_ALPHA2.get(name) or _BY_NAME.get(name) or _BY_NAME.get(name.removeprefix("THE "))
