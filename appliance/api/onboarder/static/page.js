"use strict";
// The applicant's page: document, selfie, live check, submission. Nothing is kept in the browser: where the
// session stands is asked of the box, whose cookie for this one session the browser sends along.

const TEXTS = {
  en: {
    title: "Identity check", language: "Language", document: "Document", selfie: "Selfie", liveness: "Live check",
    submit: "Send", document_head: "Photograph your document",
    document_hint: "Whole, sharp, without glare, on a plain surface.", type: "Kind of document",
    passport: "Passport", national_id: "Identity card", drivers_license: "Driving licence",
    residence_permit: "Residence permit", country: "Issued by", picture: "Picture (JPEG or PNG)", send: "Send",
    selfie_head: "Take a picture of yourself",
    selfie_hint: "Look straight into the camera, in even light, nothing before your face.",
    camera: "Use the camera", shoot: "Take the picture", liveness_head: "Show that you are here",
    liveness_hint: "You will be asked to do two things before the camera. You have 30 seconds.",
    begin: "Begin", frames: "Pictures in the order of their taking, at least three",
    submit_head: "Send your check", submit_hint: "Your name is compared with the lists that the law asks for.",
    over_head: "Thank you",
    over_hint: "Nothing more is to be done here. Whoever asked you for this check will tell you the outcome.",
    back: "Go on", working: "Please wait ...", taken: "Taken.", choose: "Please choose", again: "That did not work. Please try again.",
    offline: "No connection. Please try again.", no_tries: "There were too many tries. Ask for a new check.",
    no_camera: "The camera cannot be used here. Choose pictures instead.",
    look: "Look into the camera, face relaxed.", now: "Now:", stay: "Hold still ...",
    turn_left: "Turn your head slowly to your left and back",
    turn_right: "Turn your head slowly to your right and back", nod: "Nod slowly",
    blink: "Close your eyes for a moment and open them", smile: "Smile",
    open_mouth: "Open your mouth wide and close it", come_closer: "Come closer to the camera",
    document_expired: "The document has expired. Use another one.",
    document_unreadable: "Too little could be read. Take the picture again.",
    portrait_not_found: "The document shows no face. Use the side with the portrait.",
    document_type_mismatch: "This is another kind of document than you chose.",
    country_mismatch: "This document was issued by another state than you chose.",
    document_not_found: "No document was found in the picture.",
    document_cropped: "The document is cut off. Take it whole.", mismatch: "The faces do not match. Try again.",
  },
  hi: {
    title: "पहचान की जाँच", language: "भाषा", document: "दस्तावेज़", selfie: "सेल्फ़ी", liveness: "लाइव जाँच",
    submit: "भेजें", document_head: "अपने दस्तावेज़ की फ़ोटो लें",
    document_hint: "पूरा, साफ़, बिना चमक के, सादी सतह पर।", type: "दस्तावेज़ का प्रकार", passport: "पासपोर्ट",
    national_id: "पहचान पत्र", drivers_license: "ड्राइविंग लाइसेंस", residence_permit: "निवास परमिट",
    country: "जारी करने वाला देश", picture: "फ़ोटो (JPEG या PNG)", send: "भेजें", selfie_head: "अपनी फ़ोटो लें",
    selfie_hint: "सीधे कैमरे में देखें, समान रोशनी में, चेहरे के सामने कुछ न हो।",
    camera: "कैमरा इस्तेमाल करें", shoot: "फ़ोटो लें", liveness_head: "दिखाएँ कि आप यहाँ हैं",
    liveness_hint: "कैमरे के सामने आपसे दो काम करने को कहा जाएगा। आपके पास 30 सेकंड हैं।", begin: "शुरू करें",
    frames: "फ़ोटो उसी क्रम में जिसमें ली गईं, कम से कम तीन", submit_head: "अपनी जाँच भेजें",
    submit_hint: "आपके नाम का मिलान क़ानून द्वारा माँगी गई सूचियों से किया जाता है।", over_head: "धन्यवाद",
    over_hint: "यहाँ और कुछ नहीं करना है। जिसने यह जाँच माँगी है, वही आपको नतीजा बताएगा।", back: "आगे बढ़ें",
    working: "कृपया प्रतीक्षा करें ...", taken: "ले लिया गया।", choose: "कृपया चुनें", again: "यह नहीं हो पाया। कृपया फिर कोशिश करें।",
    offline: "कनेक्शन नहीं है। कृपया फिर कोशिश करें।",
    no_tries: "बहुत बार कोशिश हो चुकी है। नई जाँच के लिए कहें।",
    no_camera: "यहाँ कैमरा इस्तेमाल नहीं हो सकता। इसके बजाय फ़ोटो चुनें।",
    look: "कैमरे में देखें, चेहरा सहज रखें।", now: "अब:", stay: "स्थिर रहें ...",
    turn_left: "सिर धीरे से अपनी बाईं ओर घुमाएँ और वापस लाएँ",
    turn_right: "सिर धीरे से अपनी दाईं ओर घुमाएँ और वापस लाएँ", nod: "धीरे से सिर हिलाकर हामी भरें",
    blink: "एक पल के लिए आँखें बंद करें और खोलें", smile: "मुस्कुराएँ", open_mouth: "मुँह पूरा खोलें और बंद करें",
    come_closer: "कैमरे के पास आएँ", document_expired: "दस्तावेज़ की अवधि समाप्त हो गई है। दूसरा इस्तेमाल करें।",
    document_unreadable: "बहुत कम पढ़ा जा सका। फिर से फ़ोटो लें।",
    portrait_not_found: "दस्तावेज़ पर चेहरा नहीं है। फ़ोटो वाला हिस्सा लें।",
    document_type_mismatch: "यह आपके चुने हुए प्रकार का दस्तावेज़ नहीं है।",
    country_mismatch: "यह दस्तावेज़ आपके चुने हुए देश का नहीं है।",
    document_not_found: "फ़ोटो में कोई दस्तावेज़ नहीं मिला।", document_cropped: "दस्तावेज़ कटा हुआ है। पूरा लें।",
    mismatch: "चेहरे मेल नहीं खाते। फिर कोशिश करें।",
  },
  es: {
    title: "Verificación de identidad", language: "Idioma", document: "Documento", selfie: "Selfi",
    liveness: "Prueba de vida", submit: "Enviar", document_head: "Fotografíe su documento",
    document_hint: "Entero, nítido, sin reflejos, sobre una superficie lisa.", type: "Tipo de documento",
    passport: "Pasaporte", national_id: "Documento de identidad", drivers_license: "Permiso de conducir",
    residence_permit: "Permiso de residencia", country: "Expedido por", picture: "Imagen (JPEG o PNG)",
    send: "Enviar", selfie_head: "Hágase una foto",
    selfie_hint: "Mire de frente a la cámara, con luz uniforme y sin nada delante de la cara.",
    camera: "Usar la cámara", shoot: "Tomar la foto", liveness_head: "Demuestre que está aquí",
    liveness_hint: "Se le pedirá hacer dos cosas ante la cámara. Tiene 30 segundos.", begin: "Empezar",
    frames: "Imágenes en el orden en que se tomaron, al menos tres", submit_head: "Envíe su verificación",
    submit_hint: "Su nombre se compara con las listas que exige la ley.", over_head: "Gracias",
    over_hint: "Aquí no queda nada por hacer. Quien le pidió esta verificación le comunicará el resultado.",
    back: "Continuar", working: "Espere, por favor ...", taken: "Recibido.",
    choose: "Elija", again: "No ha funcionado. Inténtelo de nuevo.", offline: "Sin conexión. Inténtelo de nuevo.",
    no_tries: "Demasiados intentos. Pida una nueva verificación.",
    no_camera: "Aquí no se puede usar la cámara. Elija imágenes.",
    look: "Mire a la cámara con la cara relajada.", now: "Ahora:", stay: "No se mueva ...",
    turn_left: "Gire la cabeza despacio hacia su izquierda y vuelva",
    turn_right: "Gire la cabeza despacio hacia su derecha y vuelva", nod: "Asienta despacio con la cabeza",
    blink: "Cierre los ojos un momento y ábralos", smile: "Sonría", open_mouth: "Abra bien la boca y ciérrela",
    come_closer: "Acérquese a la cámara", document_expired: "El documento ha caducado. Use otro.",
    document_unreadable: "Se pudo leer muy poco. Repita la foto.",
    portrait_not_found: "El documento no muestra una cara. Use el lado del retrato.",
    document_type_mismatch: "Es otro tipo de documento que el elegido.",
    country_mismatch: "El documento es de otro país que el elegido.",
    document_not_found: "No se encontró ningún documento en la imagen.",
    document_cropped: "El documento está cortado. Tómelo entero.",
    mismatch: "Las caras no coinciden. Inténtelo de nuevo.",
  },
  fr: {
    title: "Vérification d’identité", language: "Langue", document: "Document", selfie: "Selfie",
    liveness: "Contrôle en direct", submit: "Envoyer", document_head: "Photographiez votre document",
    document_hint: "Entier, net, sans reflet, sur une surface unie.", type: "Type de document",
    passport: "Passeport", national_id: "Carte d’identité", drivers_license: "Permis de conduire",
    residence_permit: "Titre de séjour", country: "Délivré par", picture: "Image (JPEG ou PNG)",
    send: "Envoyer", selfie_head: "Prenez-vous en photo",
    selfie_hint: "Regardez droit vers la caméra, lumière égale, rien devant le visage.",
    camera: "Utiliser la caméra", shoot: "Prendre la photo", liveness_head: "Montrez que vous êtes là",
    liveness_hint: "Deux gestes vous seront demandés devant la caméra. Vous avez 30 secondes.",
    begin: "Commencer", frames: "Images dans l’ordre de prise, au moins trois",
    submit_head: "Envoyez votre vérification",
    submit_hint: "Votre nom est comparé aux listes exigées par la loi.", over_head: "Merci",
    over_hint: "Il n’y a plus rien à faire ici. La personne qui l’a demandée vous dira le résultat.",
    back: "Continuer", working: "Veuillez patienter ...", taken: "Reçu.",
    choose: "Choisissez", again: "Cela n’a pas fonctionné. Réessayez.", offline: "Pas de connexion. Réessayez.",
    no_tries: "Trop d’essais. Demandez une nouvelle vérification.",
    no_camera: "La caméra n’est pas utilisable ici. Choisissez des images.",
    look: "Regardez la caméra, visage détendu.", now: "Maintenant :", stay: "Ne bougez plus ...",
    turn_left: "Tournez lentement la tête vers votre gauche, puis revenez",
    turn_right: "Tournez lentement la tête vers votre droite, puis revenez", nod: "Hochez lentement la tête",
    blink: "Fermez les yeux un instant, puis ouvrez-les", smile: "Souriez",
    open_mouth: "Ouvrez grand la bouche, puis fermez-la", come_closer: "Approchez-vous de la caméra",
    document_expired: "Le document a expiré. Utilisez-en un autre.",
    document_unreadable: "Trop peu a pu être lu. Reprenez la photo.",
    portrait_not_found: "Le document ne montre pas de visage. Prenez le côté du portrait.",
    document_type_mismatch: "C’est un autre type de document que celui choisi.",
    country_mismatch: "Ce document vient d’un autre État que celui choisi.",
    document_not_found: "Aucun document n’a été trouvé sur l’image.",
    document_cropped: "Le document est coupé. Prenez-le en entier.",
    mismatch: "Les visages ne correspondent pas. Réessayez.",
  },
};
const NAMES = { en: "English", hi: "हिन्दी", es: "Español", fr: "Français" };
const STEPS = ["document", "selfie", "liveness", "submit"];
const FRAMES = { neutral: 8, each: 16, every: 150, width: 640 };

const base = document.body.dataset.session;
const find = (selector, within = document) => within.querySelector(selector);
const said = find("#said");
let language = "en";
let stream = null;
let passedOver = new Set();

const text = (key) => TEXTS[language][key] || TEXTS.en[key] || "";

function say(key, kind = "") {
  said.textContent = key ? text(key) : "";
  said.dataset.key = key;
  said.className = `said ${kind}`;
}

function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const one of document.querySelectorAll("[data-text]")) one.textContent = text(one.dataset.text);
  document.title = text("title");
  if (said.dataset.key) said.textContent = text(said.dataset.key);
  const regions = new Intl.DisplayNames([chosen], { type: "region" });
  const options = [...find("#country").options].filter((one) => one.value);
  for (const one of options) one.textContent = regions.of(one.value) || one.dataset.name;
  const kept = find("#country").value;
  options.sort((a, b) => a.textContent.localeCompare(b.textContent, chosen));
  find("#country").append(...options);
  find("#country").value = kept;
}

function languages() {
  const wished = (navigator.languages || []).map((one) => one.slice(0, 2)).find((one) => one in TEXTS);
  const select = find("#language");
  for (const [code, name] of Object.entries(NAMES)) {
    const option = new Option(name, code);
    option.lang = code;
    select.append(option);
  }
  select.value = wished || "en";
  select.addEventListener("change", () => speak(select.value));
  speak(select.value);
}

async function call(path, options = {}) {
  const answer = await fetch(base + path, { credentials: "same-origin", cache: "no-store", ...options });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(String(body.detail)), { status: answer.status });
  return body;
}

function post(path, fields) {
  const form = new FormData();
  for (const [name, value, file] of fields) file ? form.append(name, value, file) : form.append(name, value);
  return call(path, { method: "POST", body: form });
}

/** Which step comes next. What failed may be gone past once somebody has tried it. */
function upcoming(state) {
  if (!state.open) return "over";
  for (const step of ["document", "selfie", "liveness"]) {
    const at = state[step];
    if (at.done && (at.passed || passedOver.has(step))) continue;
    if (at.tries_left > 0) return step;
    if (step === "document" && !at.done) return "stuck";
    if (step === "selfie" && !at.done) return "submit";
  }
  return "submit";
}

function show(state, focus = true) {
  const step = upcoming(state);
  for (const one of [...STEPS, "over"]) find(`#${one}`).hidden = one !== step;
  STEPS.forEach((one, index) => {
    const mark = find(`#at-${one}`);
    const at = STEPS.indexOf(step);
    mark.classList.toggle("done", step === "over" || index < at);
    index === at ? mark.setAttribute("aria-current", "step") : mark.removeAttribute("aria-current");
  });
  stop();
  if (step === "stuck") say("no_tries", "bad");
  if (step === "over" && state.redirect_url) {
    find("#back").href = state.redirect_url;
    find("#back").hidden = false;
  }
  const head = find(`#${step} h2`);
  if (focus && head) head.focus();
}

/** Run one step: buttons off, words on, and the page as the answer says. */
async function run(section, work) {
  const buttons = section.querySelectorAll("button");
  for (const one of buttons) one.disabled = true;
  say("working");
  try {
    const state = await work();
    const step = section.id;
    const at = state[step];
    if (at && at.done && !at.passed) {
      const known = at.errors.find((code) => text(code));
      say(known || (step === "selfie" ? "mismatch" : "again"), "bad");
      if (at.tries_left <= 7) passedOver.add(step);
    } else {
      say("taken", "good");
    }
    show(state);
  } catch (error) {
    say(error.status ? (/has had/.test(error.message) ? "no_tries" : "again") : "offline", "bad");
    stop();
  } finally {
    for (const one of buttons) one.disabled = false;
  }
}

async function camera(video) {
  stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } }, audio: false,
  });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
}

function stop() {
  if (stream) for (const track of stream.getTracks()) track.stop();
  stream = null;
  for (const video of document.querySelectorAll("video")) {
    video.srcObject = null;
    video.hidden = true;
  }
  find("#selfie .shoot").hidden = true;
  find("#selfie .camera").hidden = false;
  find("#liveness .actions").replaceChildren();
}

/** One picture of the camera as JPEG, not mirrored. */
function picture(video, longest) {
  const scale = Math.min(1, longest / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function record(video, count, into) {
  for (let index = 0; index < count; index += 1) {
    into.push(await picture(video, FRAMES.width));
    await pause(FRAMES.every);
  }
}

function tell(words) {
  const item = document.createElement("li");
  item.textContent = words;
  find("#liveness .actions").replaceChildren(item);
}

async function live(video) {
  const drawn = await call("/liveness/challenge");
  const frames = [];
  tell(text("look"));
  await record(video, FRAMES.neutral, frames);
  for (const action of drawn.actions) {
    tell(`${text("now")} ${text(action)}`);
    await pause(400);
    await record(video, FRAMES.each, frames);
  }
  tell(text("stay"));
  await record(video, 4, frames);
  return answered(drawn.challenge_id, frames);
}

function answered(challenge, frames) {
  const files = frames.map((one, index) => ["files", one, `${String(index).padStart(3, "0")}.jpg`]);
  return post("/liveness", [["challenge_id", challenge], ...files]);
}

function preview(input) {
  const image = find("img.preview", input.form);
  input.addEventListener("change", () => {
    if (image.src) URL.revokeObjectURL(image.src);
    const file = input.files[0];
    image.hidden = !file;
    if (file) image.src = URL.createObjectURL(file);
  });
}

function wire() {
  const [papers, selfie, liveness, submit] = STEPS.map((step) => find(`#${step}`));
  preview(find("#document-file"));
  preview(find("#selfie-file"));
  find("form", papers).addEventListener("submit", (event) => {
    event.preventDefault();
    const file = find("#document-file").files[0];
    run(papers, () => post("/document", [
      ["document_type", find("#type").value], ["country_code", find("#country").value],
      ["file", file, file.name],
    ]));
  });
  find("form", selfie).addEventListener("submit", (event) => {
    event.preventDefault();
    const file = find("#selfie-file").files[0];
    run(selfie, () => post("/selfie", [["file", file, file.name]]));
  });
  find(".camera", selfie).addEventListener("click", async () => {
    try {
      await camera(find("video", selfie));
      find(".shoot", selfie).hidden = false;
      find(".camera", selfie).hidden = true;
    } catch {
      say("no_camera", "bad");
      stop();
    }
  });
  find(".shoot", selfie).addEventListener("click", () => run(selfie, async () => {
    const shot = await picture(find("video", selfie), 1280);
    return post("/selfie", [["file", shot, "selfie.jpg"]]);
  }));
  find(".begin", liveness).addEventListener("click", async () => {
    const video = find("video", liveness);
    try {
      await camera(video);
    } catch {
      stop();
      await byFile(liveness);
      return;
    }
    run(liveness, () => live(video));
  });
  find("form", liveness).addEventListener("submit", (event) => {
    event.preventDefault();
    const files = [...find("#frames").files];
    run(liveness, () => answered(liveness.dataset.challenge, files));
  });
  find(".send", submit).addEventListener("click", () => run(submit, () => call("/submit", { method: "POST" })));
}

/** Without a camera that this page may use: the challenge is shown, and pictures of doing it are chosen. */
async function byFile(section) {
  try {
    const drawn = await call("/liveness/challenge");
    section.dataset.challenge = drawn.challenge_id;
    const items = drawn.actions.map((action) => {
      const item = document.createElement("li");
      item.textContent = text(action);
      return item;
    });
    find(".actions", section).replaceChildren(...items);
    find(".by-file", section).hidden = false;
    say("no_camera");
  } catch {
    say("again", "bad");
  }
}

async function begin() {
  languages();
  wire();
  try {
    show(await call("/state"), false);
  } catch (error) {
    if (error.status) show({ open: false });
    else say("offline", "bad");
  }
}

begin();
