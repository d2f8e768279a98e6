/** What the verifier says, in the languages it speaks. {name} is filled in. */
const english = {
  title: 'Fieldfix verifier: {remedy}, version {version} ({action})',
  usage:
    'Usage: fieldfix-verifier [--kit FOLDER] [--language de] [--post]\nEvery question can be answered beforehand: --serial, --environment, --backup, --install, --post.',
  root: 'Fingerprint of the metadata: {sha256}\nCompare it with the one on the packing slip, at {page}, or ask us for it on the telephone.',
  genuine: 'The package is genuine.',
  serial: 'Serial number of this machine, as on its label: ',
  'serial-only': 'This kit is for {serial}. Is that the serial number on the label of this machine? (yes/no) ',
  environment: 'Which mode is this machine in now? ({list}) ',
  detected: 'This machine runs in mode {environment}.',
  'detected-serial': 'This machine has the serial number {serial}.',
  backup: 'Is there a backup of your data? (yes/no) ',
  'backup-missing': 'No backup of the last {days} days was found in {path}.',
  'backup-found': 'A backup of {day} was found.',
  'no-backup': 'Make a backup first, then start the verifier again.',
  install: 'Install the package now? (yes / no / done = it is installed already) ',
  'by-hand': 'Install the package by hand now: {file}\nPress Enter when that is finished. ',
  instructions: 'How to go about it: {file}',
  installing: 'Installing …',
  'install-failed': 'The installer ended with an error. What it said stands above.',
  checking: 'Looking at this machine:',
  passed: 'ok',
  failed: 'NOT OK',
  code: 'Confirmation code for {serial}, mode {environment}:',
  type: 'Type it on your page of the notice, or read it to us on the telephone. It takes less than a minute.',
  'code-failed': 'The package is NOT rightly installed. Type this code all the same: it tells us, and we help.',
  post: 'This machine has a network. Send the code to {server} from here? (yes/no) ',
  next: 'Every mode is corrected by itself. Start this machine in mode {list}, if that is not done yet, and run the verifier again.',
  posted: 'The code was sent: {answer}',
  'not-posted': 'The code could not be sent from here. Type it on your page.',
  'kit-broken': 'The kit is not complete: {file}. Ask us for another one; do not install from this one.',
  'cut-off':
    '{file} is cut off: {has} of {length} bytes are there. Copy the kit again; if the disk or stick is full, make room first.',
  forged: 'STOP. {file} is not what the manufacturer signed. Do not install anything from this kit, and call us.',
  expired:
    'This machine’s clock says {today}; the kit was good until {day}. If the clock is wrong, set it right and start again. If it is right, ask us for a new kit.',
  'clock-slow':
    'This machine’s clock says {today}, but the kit was prepared on {day}. Set the clock right and start again.',
  'serial-unknown':
    'No ticket in this kit is for {serial}. It has tickets for: {list}. Look at the label again, or call us.',
  'environment-unknown': 'No ticket in this kit is for {serial} in mode {environment}. It has tickets for: {list}.',
  'key-broken': 'The ticket for {serial} is damaged. Ask us for another one.',
};
export type Word = keyof typeof english;

const german: Record<Word, string> = {
  title: 'Fieldfix-Prüfprogramm: {remedy}, Version {version} ({action})',
  usage:
    'Aufruf: fieldfix-verifier [--kit ORDNER] [--language en] [--post]\nJede Frage lässt sich vorab beantworten: --serial, --environment, --backup, --install, --post.',
  root: 'Fingerabdruck der Metadaten: {sha256}\nVergleichen Sie ihn mit dem auf dem Lieferschein oder auf {page}, oder fragen Sie uns am Telefon danach.',
  genuine: 'Das Paket ist echt.',
  serial: 'Seriennummer dieses Geräts, wie auf dem Typenschild: ',
  'serial-only': 'Dieser Datenträger ist für {serial}. Steht diese Seriennummer auf dem Typenschild? (ja/nein) ',
  environment: 'In welchem Modus läuft dieses Gerät jetzt? ({list}) ',
  detected: 'Dieses Gerät läuft im Modus {environment}.',
  'detected-serial': 'Dieses Gerät hat die Seriennummer {serial}.',
  backup: 'Gibt es eine Sicherung Ihrer Daten? (ja/nein) ',
  'backup-missing': 'In {path} wurde keine Sicherung der letzten {days} Tage gefunden.',
  'backup-found': 'Eine Sicherung vom {day} wurde gefunden.',
  'no-backup': 'Sichern Sie zuerst Ihre Daten und starten Sie das Prüfprogramm dann noch einmal.',
  install: 'Das Paket jetzt installieren? (ja / nein / fertig = es ist schon installiert) ',
  'by-hand': 'Installieren Sie das Paket jetzt von Hand: {file}\nDrücken Sie die Eingabetaste, wenn das fertig ist. ',
  instructions: 'So gehen Sie vor: {file}',
  installing: 'Wird installiert …',
  'install-failed': 'Die Installation endete mit einem Fehler. Was sie meldete, steht oben.',
  checking: 'Dieses Gerät wird geprüft:',
  passed: 'in Ordnung',
  failed: 'NICHT IN ORDNUNG',
  code: 'Bestätigungscode für {serial}, Modus {environment}:',
  type: 'Geben Sie ihn auf Ihrer Seite zur Mitteilung ein oder lesen Sie ihn uns am Telefon vor. Das dauert keine Minute.',
  'code-failed':
    'Das Paket ist NICHT richtig installiert. Geben Sie diesen Code trotzdem ein: Er sagt es uns, und wir helfen.',
  post: 'Dieses Gerät hat ein Netz. Den Code von hier an {server} senden? (ja/nein) ',
  next: 'Jeder Modus wird für sich korrigiert. Starten Sie dieses Gerät im Modus {list}, falls das noch nicht geschehen ist, und dann das Prüfprogramm noch einmal.',
  posted: 'Der Code wurde gesendet: {answer}',
  'not-posted': 'Der Code konnte von hier nicht gesendet werden. Geben Sie ihn auf Ihrer Seite ein.',
  'kit-broken':
    'Der Datenträger ist nicht vollständig: {file}. Bitten Sie uns um einen neuen; installieren Sie nicht von diesem.',
  'cut-off':
    '{file} ist abgeschnitten: {has} von {length} Byte sind da. Kopieren Sie den Inhalt noch einmal; ist der Datenträger voll, schaffen Sie zuerst Platz.',
  forged:
    'HALT. {file} ist nicht, was der Hersteller signiert hat. Installieren Sie nichts von diesem Datenträger und rufen Sie uns an.',
  expired:
    'Die Uhr dieses Geräts zeigt {today}; der Datenträger galt bis {day}. Geht die Uhr falsch, stellen Sie sie richtig und starten Sie noch einmal. Geht sie richtig, bitten Sie uns um einen neuen Datenträger.',
  'clock-slow':
    'Die Uhr dieses Geräts zeigt {today}, der Datenträger wurde aber am {day} erstellt. Stellen Sie die Uhr richtig und starten Sie noch einmal.',
  'serial-unknown':
    'Kein Installationsschein hier ist für {serial}. Es gibt Scheine für: {list}. Sehen Sie noch einmal auf das Typenschild oder rufen Sie uns an.',
  'environment-unknown':
    'Kein Installationsschein hier ist für {serial} im Modus {environment}. Es gibt Scheine für: {list}.',
  'key-broken': 'Der Installationsschein für {serial} ist beschädigt. Bitten Sie uns um einen neuen.',
};

const italian: Record<Word, string> = {
  title: 'Programma di verifica Fieldfix: {remedy}, versione {version} ({action})',
  usage:
    'Uso: fieldfix-verifier [--kit CARTELLA] [--language en] [--post]\nA ogni domanda si può rispondere in anticipo: --serial, --environment, --backup, --install, --post.',
  root: 'Impronta dei metadati: {sha256}\nConfrontatela con quella sulla bolla di accompagnamento o su {page}, oppure chiedetecela al telefono.',
  genuine: 'Il pacchetto è autentico.',
  serial: 'Numero di serie di questo strumento, come sull’etichetta: ',
  'serial-only': 'Questo kit è per {serial}. È il numero di serie sull’etichetta? (sì/no) ',
  environment: 'In quale modalità si trova ora lo strumento? ({list}) ',
  detected: 'Lo strumento è in modalità {environment}.',
  'detected-serial': 'Questo strumento ha il numero di serie {serial}.',
  backup: 'Esiste una copia di sicurezza dei vostri dati? (sì/no) ',
  'backup-missing': 'In {path} non c’è una copia di sicurezza degli ultimi {days} giorni.',
  'backup-found': 'È stata trovata una copia di sicurezza del {day}.',
  'no-backup': 'Fate prima una copia di sicurezza, poi avviate di nuovo il programma.',
  install: 'Installare ora il pacchetto? (sì / no / fatto = è già installato) ',
  'by-hand': 'Installate ora il pacchetto a mano: {file}\nPremete Invio quando avete finito. ',
  instructions: 'Come procedere: {file}',
  installing: 'Installazione in corso …',
  'install-failed': 'L’installazione è terminata con un errore. Il messaggio è qui sopra.',
  checking: 'Controllo di questo strumento:',
  passed: 'in ordine',
  failed: 'NON IN ORDINE',
  code: 'Codice di conferma per {serial}, modalità {environment}:',
  type: 'Digitatelo sulla vostra pagina dell’avviso oppure leggetecelo al telefono. Basta meno di un minuto.',
  'code-failed':
    'Il pacchetto NON è installato correttamente. Digitate comunque questo codice: ce lo comunica e vi aiuteremo.',
  post: 'Questo strumento è in rete. Inviare il codice da qui a {server}? (sì/no) ',
  next: 'Ogni modalità si corregge da sola. Avviate lo strumento in modalità {list}, se non è già stato fatto, e poi di nuovo il programma.',
  posted: 'Il codice è stato inviato: {answer}',
  'not-posted': 'Da qui non è stato possibile inviare il codice. Digitatelo sulla vostra pagina.',
  'kit-broken': 'Il kit non è completo: {file}. Chiedetecene un altro; non installate da questo.',
  'cut-off':
    '{file} è troncato: ci sono {has} byte su {length}. Copiate di nuovo il kit; se il disco o la chiavetta è pieno, liberate prima spazio.',
  forged: 'FERMI. {file} non è ciò che il fabbricante ha firmato. Non installate nulla da questo kit e chiamateci.',
  expired:
    'L’orologio dello strumento segna {today}; il kit era valido fino al {day}. Se l’orologio è sbagliato, regolatelo e ricominciate. Se è giusto, chiedeteci un nuovo kit.',
  'clock-slow':
    'L’orologio dello strumento segna {today}, ma il kit è stato preparato il {day}. Regolate l’orologio e ricominciate.',
  'serial-unknown':
    'Nessun tagliando di questo kit è per {serial}. Ci sono tagliandi per: {list}. Guardate di nuovo l’etichetta oppure chiamateci.',
  'environment-unknown':
    'Nessun tagliando di questo kit è per {serial} in modalità {environment}. Ci sono tagliandi per: {list}.',
  'key-broken': 'Il tagliando per {serial} è danneggiato. Chiedetecene un altro.',
};

const languages: Record<string, Record<Word, string>> = { en: english, de: german, it: italian };

export type Speak = (word: Word, params?: Record<string, string>) => string;

/** Speaks a language, e.g. `de` or `de_DE.UTF-8`; English where it knows none. */
export function speaker(language: string): Speak {
  const words = languages[language.slice(0, 2).toLowerCase()] ?? english;
  return (word, params = {}) => words[word].replace(/\{(\w+)\}/g, (all, name: string) => params[name] ?? all);
}

/** Whether an answer says yes, in any language it speaks. */
export const isYes = (answer: string): boolean => /^(y|yes|j|ja|s|si|sì)$/i.test(answer.trim());
/** Whether an answer says that it is done already. */
export const isDone = (answer: string): boolean => /^(done|fertig|fatto)$/i.test(answer.trim());
