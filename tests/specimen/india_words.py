"""What Indian documents print besides names, in their six scripts."""

WORDS = {
    "devanagari": {
        "government": "भारत सरकार",
        "born": "जन्म तिथि",
        "year": "जन्म वर्ष",
        "M": "पुरुष",
        "F": "महिला",
        "address": "पता",
        "authority": "भारतीय विशिष्ट पहचान प्राधिकरण",
        "slogan": "मेरा आधार, मेरी पहचान",
        "election": "भारत निर्वाचन आयोग",
        "elector": "निर्वाचक का नाम",
        "father": "पिता का नाम",
        "sex": "लिंग",
    },
    "bengali": {
        "government": "ভারত সরকার",
        "born": "জন্ম তারিখ",
        "year": "জন্ম সাল",
        "M": "পুরুষ",
        "F": "মহিলা",
        "address": "ঠিকানা",
        "authority": "ভারতীয় বিশিষ্ট পরিচয় প্রাধিকরণ",
        "slogan": "আমার আধার, আমার পরিচয়",
        "election": "ভারতের নির্বাচন কমিশন",
        "elector": "নির্বাচকের নাম",
        "father": "পিতার নাম",
        "sex": "লিঙ্গ",
    },
    "tamil": {
        "government": "இந்திய அரசாங்கம்",
        "born": "பிறந்த நாள்",
        "year": "பிறந்த வருடம்",
        "M": "ஆண்பால்",
        "F": "பெண்பால்",
        "address": "முகவரி",
        "authority": "இந்திய தனித்துவ அடையாள ஆணையம்",
        "slogan": "எனது ஆதார், எனது அடையாளம்",
        "election": "இந்தியத் தேர்தல் ஆணையம்",
        "elector": "வாக்காளர் பெயர்",
        "father": "தந்தை பெயர்",
        "sex": "பாலினம்",
    },
    "telugu": {
        "government": "భారత ప్రభుత్వం",
        "born": "పుట్టిన తేదీ",
        "year": "పుట్టిన సంవత్సరం",
        "M": "పురుషుడు",
        "F": "స్త్రీ",
        "address": "చిరునామా",
        "authority": "భారత విశిష్ట గుర్తింపు ప్రాధికార సంస్థ",
        "slogan": "నా ఆధార్, నా గుర్తింపు",
        "election": "భారత ఎన్నికల సంఘం",
        "elector": "ఓటరు పేరు",
        "father": "తండ్రి పేరు",
        "sex": "లింగము",
    },
    "kannada": {
        "government": "ಭಾರತ ಸರ್ಕಾರ",
        "born": "ಜನ್ಮ ದಿನಾಂಕ",
        "year": "ಹುಟ್ಟಿದ ವರ್ಷ",
        "M": "ಪುರುಷ",
        "F": "ಮಹಿಳೆ",
        "address": "ವಿಳಾಸ",
        "authority": "ಭಾರತೀಯ ವಿಶಿಷ್ಟ ಗುರುತಿನ ಪ್ರಾಧಿಕಾರ",
        "slogan": "ನನ್ನ ಆಧಾರ್, ನನ್ನ ಗುರುತು",
        "election": "ಭಾರತ ಚುನಾವಣಾ ಆಯೋಗ",
        "elector": "ಮತದಾರರ ಹೆಸರು",
        "father": "ತಂದೆಯ ಹೆಸರು",
        "sex": "ಲಿಂಗ",
    },
    "gujarati": {
        "government": "ભારત સરકાર",
        "born": "જન્મ તારીખ",
        "year": "જન્મ વર્ષ",
        "M": "પુરુષ",
        "F": "સ્ત્રી",
        "address": "સરનામું",
        "authority": "ભારતીય વિશિષ્ટ ઓળખાણ પ્રાધિકરણ",
        "slogan": "મારો આધાર, મારી ઓળખ",
        "election": "ભારતનું ચૂંટણી પંચ",
        "elector": "મતદારનું નામ",
        "father": "પિતાનું નામ",
        "sex": "જાતિ",
    },
}
"""Script -> what is meant -> its words."""

BLOCKS = {
    "devanagari": (0x900, 0x97F),
    "bengali": (0x980, 0x9FF),
    "gujarati": (0xA80, 0xAFF),
    "tamil": (0xB80, 0xBFF),
    "telugu": (0xC00, 0xC7F),
    "kannada": (0xC80, 0xCFF),
}
"""First and last code point of each script."""

SEX = {"M": "MALE", "F": "FEMALE"}
DISCLAIMER = (
    "Aadhaar is proof of identity, not of citizenship or date of birth.",
    "It should be used with verification (online authentication, or scanning of QR code / offline XML).",
)
COVERED = ("MCWG", "LMV", "LMV-TR", "TRANS", "HMV")
"""Classes of vehicles."""
