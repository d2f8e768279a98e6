/**
 * The words people write into a list for *done*, *not yet*, *gone* and for modes, in every language of the portal. What is
 * not here a sender explains once. A word that could mean two things is not here.
 */

/** What a word in the column *Done or not* comes to. */
export const sheetMeanings = [
  'done',
  'not-yet',
  'help',
  'not-affected',
  'scrapped',
  'moved',
  'returned',
  'gone',
  'not-ours',
  'unknown',
  'nothing',
] as const;
export type SheetMeaning = (typeof sheetMeanings)[number];

export function isMeaning(text: string): text is SheetMeaning {
  return (sheetMeanings as readonly string[]).includes(text);
}

/**
 * A word as words are compared: no case, no accents, no punctuation, one blank between words. A sign that is nothing but
 * punctuation stays as it is.
 */
export function foldWord(text: string): string {
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ı', 'i')
    .replace(/[\s\p{P}]+/gu, ' ')
    .trim();
  return folded === '' ? text.trim() : folded;
}

const STATUS: Readonly<Record<Exclude<SheetMeaning, 'help' | 'nothing'>, string>> = {
  done: [
    '✓|✔|☑|✅|x|1|true|wahr|vero|vrai|ok|okay|yes|y|done|completed|complete|patched|installed|fixed|corrected|updated|closed|finished',
    'ja|j|erledigt|fertig|gepatcht|installiert|durchgeführt|abgeschlossen|behoben|gemacht|umgesetzt|aktualisiert|korrigiert|i o|io',
    'oui|o|fait|faite|effectué|effectuée|terminé|terminée|installé|installée|corrigé|corrigée|réalisé|réalisée|mis à jour',
    'sì|si|fatto|fatta|eseguito|eseguita|completato|completata|installato|installata|corretto|aggiornato|chiuso',
    'sí|hecho|hecha|realizado|realizada|completado|completada|instalado|instalada|corregido|actualizado|verdadero',
    'sim|feito|feita|concluído|concluída|corrigido|atualizado|executado|executada',
    'gedaan|uitgevoerd|klaar|geïnstalleerd|voltooid|afgerond|bijgewerkt',
    'klart|utförd|utfört|åtgärdat|åtgärdad|installerad|installerat|slutfört|färdig',
    'udført|færdig|installeret|opdateret|utført|ferdig|installert|fullført|oppdatert',
    'kyllä|tehty|valmis|asennettu|päivitetty|korjattu|suoritettu',
    'já|lokið|búið|uppsett|lagfært',
    'tak|wykonano|wykonane|zrobione|zainstalowano|zainstalowane|zakończono|gotowe|poprawione',
    'ano|hotovo|provedeno|nainstalováno|dokončeno|opraveno',
    'áno|vykonané|nainštalované|dokončené|opravené',
    'da|opravljeno|narejeno|končano|nameščeno|popravljeno',
    'učinjeno|obavljeno|gotovo|instalirano|završeno|ispravljeno',
    'igen|kész|elvégezve|telepítve|befejezve|javítva|megtörtént',
    'efectuat|efectuată|finalizat|realizat|instalat|instalată|rezolvat',
    'да|готово|изпълнено|извършено|инсталирано|завършено|поправено',
    'так|виконано|встановлено|завершено|виправлено',
    'ναι|έγινε|ολοκληρώθηκε|εγκαταστάθηκε|διορθώθηκε',
    'jah|tehtud|paigaldatud|lõpetatud|parandatud',
    'jā|izdarīts|paveikts|izpildīts|uzstādīts|pabeigts|izlabots',
    'taip|atlikta|padaryta|įdiegta|baigta|ištaisyta',
    'evet|yapıldı|tamamlandı|kuruldu|yüklendi|düzeltildi|bitti',
    'iva|lest|sar|magħmul|installat|komplut',
    'tá|déanta|críochnaithe|suiteáilte|ceartaithe',
    'כן|בוצע|הושלם|הותקן|תוקן',
    'نعم|تم|مكتمل|تم التثبيت|تم الإصلاح|منجز',
    'はい|済|済み|完了|対応済|対応済み|実施済|実施済み|インストール済み|○|〇',
    '예|네|완료|완료됨|설치됨|설치 완료|조치 완료',
    '是|已完成|完成|已安装|已安裝|已修复|已修復|已处理|已處理|已更新',
  ].join('|'),
  'not-yet': [
    'no|n|0|false|falsch|falso|faux|not done|not yet|open|pending|planned|scheduled|in progress|to do|todo|outstanding|not installed|not patched|✗|✘|❌|☐',
    'nein|offen|ausstehend|noch nicht|nicht erledigt|geplant|in arbeit|unerledigt|nicht installiert|noch offen|folgt',
    'non|pas fait|pas encore|en cours|prévu|en attente|à faire|non fait|non effectué|planifié',
    'non fatto|non ancora|in corso|previsto|in attesa|da fare|non eseguito|pianificato|aperto',
    'no hecho|todavía no|aún no|pendiente|en curso|previsto|por hacer|planificado|no realizado',
    'não|não feito|ainda não|pendente|em curso|em andamento|por fazer|planeado|planejado|não realizado',
    'nee|niet gedaan|nog niet|gepland|in behandeling|openstaand',
    'nej|inte klart|ej klart|ännu inte|planerad|planerat|pågår|öppen',
    'ikke udført|endnu ikke|planlagt|i gang|åben|nei|ikke utført|ikke ennå|åpen|planlagd',
    'ei|ei tehty|ei vielä|suunniteltu|kesken|avoin',
    'ekki lokið|ekki enn|áætlað|í vinnslu',
    'nie|nie wykonano|jeszcze nie|zaplanowano|w toku|otwarte|niewykonane',
    'ne|neprovedeno|ještě ne|naplánováno|probíhá|otevřeno|nehotovo',
    'nevykonané|ešte nie|naplánované|prebieha|otvorené',
    'ni opravljeno|še ne|načrtovano|v teku|odprto',
    'nije učinjeno|još ne|planirano|u tijeku|otvoreno',
    'nem|nincs kész|még nem|tervezett|folyamatban|nyitott',
    'nu|neefectuat|încă nu|planificat|în curs|deschis',
    'не|още не|планирано|в процес|неизпълнено',
    'ні|ще ні|заплановано|в процесі|не виконано',
    'όχι|όχι ακόμη|προγραμματισμένο|σε εξέλιξη|εκκρεμεί',
    'tegemata|veel mitte|planeeritud|pooleli',
    'nē|nav izdarīts|vēl nav|plānots|procesā',
    'neatlikta|dar ne|planuojama|vykdoma',
    'hayır|yapılmadı|henüz değil|planlandı|devam ediyor|beklemede',
    'le|għadu mhux lest|ippjanat|fil progress',
    'níl|níl fós|níor déanadh|beartaithe',
    'לא|לא בוצע|עדיין לא|מתוכנן|בתהליך',
    'لا|لم يتم|ليس بعد|مخطط|قيد التنفيذ|معلق',
    'いいえ|未|未完了|未実施|未対応|予定|対応中|×',
    '아니요|아니오|미완료|예정|진행 중|진행중|미실시',
    '否|未完成|尚未|计划中|計劃中|进行中|進行中|未处理|未處理|未安装|未安裝',
  ].join('|'),
  'not-affected': [
    'not affected|unaffected|nicht betroffen|non concerné|non affecté|pas concerné|non interessato|non coinvolto|no afectado|não afetado|niet betroffen|ej berörd|inte berörd|ikke berørt|ei koske|ei vaikuta',
    'ekki fyrir áhrifum|nie dotyczy|nedotčeno|netýká se|netýka sa|ni prizadeto|nije zahvaćeno|nem érintett|neafectat|не е засегнато|не стосується|δεν επηρεάζεται|ei ole mõjutatud|nav skarts|nepaveikta',
    'etkilenmemiş|mhux affettwat|gan tionchar|לא מושפע|غير متأثر|対象外|해당 없음|不受影响|不受影響|不适用|不適用',
  ].join('|'),
  scrapped: [
    'scrapped|disposed|decommissioned|destroyed|verschrottet|entsorgt|ausgemustert|außer betrieb|mis au rebut|détruit|hors service|rottamato|dismesso|smaltito|desechado|dado de baja|sucateado|abatido|desativado',
    'afgevoerd|gesloopt|vernietigd|kasserad|skrotad|skrottet|kasseret|kassert|romutettu|poistettu käytöstä|fargað|zezłomowano|zutylizowano|zlikvidováno|vyřazeno|zlikvidované|vyradené|odpisano|rashodovano',
    'selejtezve|casat|бракуван|списано|αποσύρθηκε|utiliseeritud|norakstīts|nurašyta|hurdaya ayrıldı|skrappjat|scriosta|נגרט|تم التخلص منه|廃棄|廃棄済み|폐기|报废|報廢',
  ].join('|'),
  moved: [
    'moved|relocated|transferred|sold|passed on|umgezogen|verlegt|verkauft|weitergegeben|abgegeben|déplacé|transféré|vendu|spostato|trasferito|venduto|ceduto|trasladado|transferido|vendido',
    'verplaatst|verhuisd|verkocht|flyttad|såld|flyttet|solgt|siirretty|myyty|fluttur|seldur|przeniesiono|sprzedano|přemístěno|prodáno|premiestnené|predané|premeščeno|prodano|premješteno',
    'áthelyezve|eladva|mutat|vândut|преместен|продаден|переміщено|продано|μεταφέρθηκε|πωλήθηκε|teisaldatud|müüdud|pārvietots|pārdots|perkelta|parduota|taşındı|satıldı|mċaqlaq|mibjugħ|bogtha|הועבר|נמכר|تم نقله|بيع|移設|移動|売却|이전|매각|已转移|已轉移|已售',
  ].join('|'),
  returned: [
    'returned|sent back|zurückgegeben|zurückgesandt|retourniert|retour|retourné|renvoyé|reso|restituito|devuelto|devolvido|teruggestuurd|geretourneerd|returnerad|returneret|returnert|palautettu|skilað',
    'zwrócono|vráceno|vrátené|vrnjeno|vraćeno|visszaküldve|returnat|върнат|повернуто|επιστράφηκε|tagastatud|atgriezts|grąžinta|iade edildi|irritornat|aischurtha|הוחזר|أعيد|返却|返送|반환|已退回|已归还|已歸還',
  ].join('|'),
  gone: 'gone|no longer here|nicht mehr vorhanden|nicht mehr da|weg|plus là|non più presente|ya no está|já não existe|niet meer aanwezig|finns inte|findes ikke|finnes ikke|ei enää|już nie ma|již není|už nie je|ni več|više nije|már nincs|nu mai există|няма го|більше немає|δεν υπάρχει|enam pole|vairs nav|nebėra|artık yok',
  'not-ours': [
    'not found|not ours|never had|unknown to us|nicht gefunden|nicht unser|nicht bei uns|gehört uns nicht|introuvable|non trouvé|pas à nous|non trovato|non nostro|no encontrado|no es nuestro|não encontrado|não é nosso',
    'niet gevonden|niet van ons|hittades ej|inte vår|ikke fundet|ikke vores|ikke funnet|ikke vår|ei löydy|ei meidän|fannst ekki|nie znaleziono|nie nasz|nenalezeno|není naše|nenájdené|nie je naše|ni najdeno|ni naše',
    'nije pronađeno|nije naše|nem található|nem a miénk|negăsit|nu este al nostru|не е намерен|не е наш|не знайдено|не наш|δεν βρέθηκε|ei leitud|nav atrasts|nerasta|bulunamadı|bizim değil|ma nstabx|níor aimsíodh|לא נמצא|לא שלנו|غير موجود|ليس لنا|見つからない|該当なし|찾을 수 없음|未找到',
  ].join('|'),
  unknown:
    'unknown|not known|unbekannt|inconnu|sconosciuto|desconocido|desconhecido|onbekend|okänd|ukendt|ukjent|tuntematon|óþekkt|nieznane|neznámo|neznáme|neznano|nepoznato|ismeretlen|necunoscut|неизвестно|невідомо|άγνωστο|teadmata|nezināms|nežinoma|bilinmiyor|mhux magħruf|anaithnid|לא ידוע|غير معروف|不明|알 수 없음|未知|?',
};

/** What people call the two modes of an instrument, and all of them. */
const MODES: Readonly<Record<string, string>> = {
  Dx: 'dx|ivd|diagnostic|diagnostics|diagnostic mode|diagnostik|diagnostikmodus|diagnose|diagnostique|mode diagnostique|diagnostica|modalità diagnostica|diagnóstico|modo diagnóstico|diagnostisch|diagnostiek|diagnostiikka|diagnostyka|tryb diagnostyczny|diagnostický|diagnostika|diagnostikai|diagnosticare|диагностика|діагностика|διάγνωση|διαγνωστική|diagnosztika|tanı|greining|dijanjostiku|diagnóiseach|אבחון|تشخيص|تشخيصي|診断|진단|诊断|診斷',
  RUO: 'ruo|research|research only|research use only|research mode|forschung|forschungsmodus|recherche|mode recherche|ricerca|modalità ricerca|investigación|modo investigación|investigação|pesquisa|onderzoek|forskning|tutkimus|rannsóknir|badania|tryb badawczy|výzkum|výskum|raziskave|istraživanje|kutatás|cercetare|изследване|дослідження|έρευνα|uurimus|teadustöö|pētniecība|tyrimai|araştırma|riċerka|taighde|מחקר|بحث|研究|研究用|연구|연구용',
  all: 'both|all|every mode|beide|beides|alle|les deux|tous|toutes|entrambi|entrambe|tutti|tutte|ambos|ambas|todos|todas|alle modi|båda|samtliga|begge|molemmat|kaikki|báðir|allir|oba|obie|oboje|wszystkie|obojí|všechny|obe|všetky|obje|sva|mindkettő|mind|összes|ambele|toate|и двата|всички|обидва|усі|всі|και τα δύο|όλα|mõlemad|kõik|abi|visi|abu|visos|her ikisi|hepsi|it tnejn|kollha|an dá|gach|שניהם|הכל|كلاهما|الكل|両方|全て|すべて|둘 다|모두|两者|兩者|全部',
};

function table(lists: Readonly<Record<string, string>>): Map<string, string> {
  const words = new Map<string, string>();
  for (const [meaning, list] of Object.entries(lists)) {
    for (const word of list.split('|')) {
      const key = foldWord(word);
      // The same letters may mean two things in two languages: then neither is taken for granted.
      words.set(key, words.has(key) && words.get(key) !== meaning ? '' : meaning);
    }
  }
  return words;
}

const statusTable = table(STATUS);
const modeTable = table(MODES);

/** The meaning of a word for *done or not*; undefined where it is not known, or could mean two things. */
export function knownStatus(folded: string): SheetMeaning | undefined {
  const meaning = statusTable.get(folded);
  return meaning !== undefined && isMeaning(meaning) ? meaning : undefined;
}

/** The mode a word stands for: a code of `environments`, or `all`. */
export function knownMode(folded: string, environments: readonly { code: string; name: string }[]): string | undefined {
  const own = environments.find((one) => foldWord(one.code) === folded || foldWord(one.name) === folded);
  if (own) return own.code;
  const word = modeTable.get(folded);
  if (word === undefined || word === '') return undefined;
  return word === 'all' || environments.some((one) => one.code === word) ? word : undefined;
}
