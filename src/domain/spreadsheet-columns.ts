/**
 * The columns of a list that somebody sends us as an answer, with the headings they are known by. Such lists come from
 * everywhere, so the headings are those of every language of the portal, compared without case and accents.
 */
import { isDay } from './date-text.ts';
import type { ImportColumn } from './import-columns.ts';
import { foldHeading, proposeColumns } from './import-mapping.ts';

/** Column key → index of the file's column. `status:Dx` and `date:Dx` are the columns of one mode. */
export type SheetMapping = Record<string, number>;

/** A sender's own words, folded, and what they mean. */
export interface SheetWords {
  status: Record<string, string>;
  mode: Record<string, string>;
}

const split = (text: string): string[] => text.split('|');

function column(
  key: string,
  label: string,
  type: 'ref' | 'text' | 'date' | 'product',
  description: string,
  headings: string,
): ImportColumn {
  return { key, label, type, required: key === 'unit', description, examples: [], headings: split(headings) };
}

/** What a list can say, in the order the mapping shows it. `status` or `date` must be there besides `unit`. */
export const SHEET_COLUMNS: readonly ImportColumn[] = [
  column(
    'unit',
    'Serial number or UDI',
    'ref',
    'As it stands on the label; a whole UDI is read as well.',
    'serial number|serial|serial no|serial nr|s n|sn|seriennummer|serien nr|seriennr|geräteseriennummer|fabriknummer|gerätenummer|numéro de série|n de série|no série|n série|numero di serie|n di serie|matricola|seriale|número de serie|n serie|nº de serie|número de série|nº de série|serienummer|serie nr|serienr|sarjanumero|raðnúmer|numer seryjny|nr seryjny|sériové číslo|výrobní číslo|výrobné číslo|serijska številka|serijski broj|sorozatszám|gyári szám|număr de serie|numar de serie|nr de serie|сериен номер|серийный номер|серійний номер|σειριακός αριθμός|αριθμός σειράς|seerianumber|sērijas numurs|serijos numeris|serijinis numeris|seri numarası|seri no|numru tas serje|sraithuimhir|מספר סידורי|الرقم التسلسلي|رقم التسلسل|シリアル番号|製造番号|機番|일련번호|시리얼 번호|序列号|序號|序列號|机身编号|udi|udi di|instrument|gerät|appareil|strumento|equipo|device|unit|instance',
  ),
  column(
    'product',
    'Product',
    'product',
    'Only needed where two products share a serial number: code, catalogue number or name.',
    'product|product code|model|type of device|catalogue number|material|materialnummer|artikel|artikelnummer|produkt|modell|produit|modèle|référence|prodotto|modello|codice prodotto|producto|modelo|produto|produktnamn|tuote|malli|výrobek|produkt nazwa|izdelek|proizvod|termék|produs|продукт|προϊόν|toode|produkts|gaminys|ürün|prodott|táirge|מוצר|المنتج|製品|製品名|제품|产品|產品',
  ),
  column(
    'mode',
    'Mode',
    'text',
    'The environment of a unit, such as Dx or RUO.',
    'mode|boot mode|environment|betriebsart|modus|betriebsmodus|umgebung|mode de fonctionnement|environnement|modalità|modo|ambiente|entorno|driftläge|läge|driftstilstand|tilstand|käyttötila|tila|hamur|tryb|środowisko|režim|prostředí|način|način delovanja|način rada|üzemmód|mod|mod de funcționare|режим|λειτουργία|τρόπος λειτουργίας|režiim|režīms|režimas|mod modu|çalışma modu|modalitajiet|mód|מצב|الوضع|وضع التشغيل|モード|動作モード|모드|模式',
  ),
  column(
    'status',
    'Done or not',
    'text',
    'Any words will do; those we do not know are asked once.',
    'done|status|done or not|completed|patched|installed|fixed|corrected|state|result|action taken|erledigt|stand|zustand|ergebnis|durchgeführt|installiert|gepatcht|abgeschlossen|behoben|fait|effectué|statut|état|résultat|installé|terminé|corrigé|fatto|stato|eseguito|completato|installato|esito|corretto|hecho|estado|realizado|completado|instalado|resultado|feito|concluído|situação|gedaan|uitgevoerd|klaar|geïnstalleerd|klar|åtgärdat|utförd|utfört|installerad|udført|færdig|utført|ferdig|installert|tehty|valmis|asennettu|lokið|staða|wykonano|zrobione|stan|zainstalowano|hotovo|provedeno|stav|nainstalováno|vykonané|opravljeno|končano|stanje|učinjeno|obavljeno|kész|elvégezve|állapot|efectuat|finalizat|stare|instalat|готово|изпълнено|статус|състояние|выполнено|виконано|стан|ολοκληρώθηκε|έγινε|κατάσταση|tehtud|olek|valmis seisund|paveikts|izpildīts|statuss|atlikta|būsena|būklė|yapıldı|tamamlandı|durum|lest|stat|sar|déanta|stádas|בוצע|סטטוס|تم|الحالة|完了|対応済み|状態|ステータス|완료|상태|已完成|完成|状态|狀態',
  ),
  column(
    'date',
    'Date',
    'date',
    'The day it was done; for what is not done yet, the day it is planned for.',
    'date|done on|date done|completed on|completion date|date of installation|installed on|datum|erledigt am|durchgeführt am|installiert am|installationsdatum|fait le|date d installation|effectué le|data|data di installazione|eseguito il|fatto il|fecha|fecha de instalación|hecho el|data de instalação|feito em|uitgevoerd op|datum uitgevoerd|utfört den|installerat den|dato|udført den|utført den|päivä|päivämäärä|pvm|dagsetning|data wykonania|datum provedení|dátum|dátum vykonania|datum izvedbe|datum obavljanja|elvégzés dátuma|data efectuării|дата|дата на изпълнение|дата выполнения|дата виконання|ημερομηνία|kuupäev|datums|tarih|yapıldığı tarih|dáta|תאריך|التاريخ|تاريخ التنفيذ|日付|実施日|完了日|날짜|일자|완료일|日期|完成日期',
  ),
  column(
    'remark',
    'Remark',
    'text',
    'Kept beside the row; the reason, where help is needed.',
    'remark|remarks|comment|comments|note|notes|reason|bemerkung|bemerkungen|kommentar|anmerkung|notiz|hinweis|grund|remarque|remarques|commentaire|motif|osservazioni|osservazione|nota|commento|motivo|observaciones|comentario|notas|observações|comentário|opmerking|opmerkingen|anmärkning|bemærkning|merknad|huomautus|huomautukset|athugasemd|uwagi|komentarz|poznámka|poznámky|opomba|opombe|napomena|primjedba|megjegyzés|observații|забележка|примечание|примітка|παρατηρήσεις|σχόλια|märkus|piezīme|piezīmes|pastaba|pastabos|açıklama|not|rimarki|nótaí|הערה|הערות|ملاحظة|ملاحظات|備考|コメント|비고|备注|備註',
  ),
  column(
    'person',
    'Person',
    'text',
    'Who did it, kept beside the row.',
    'person|done by|by|name|installed by|technician|engineer|responsible|bearbeiter|durchgeführt von|erledigt von|techniker|verantwortlich|zuständig|personne|effectué par|technicien|responsable|persona|eseguito da|tecnico|responsabile|hecho por|técnico|feito por|responsável|uitgevoerd door|utförd av|tekniker|udført af|utført av|tekijä|vastuuhenkilö|osoba|wykonał|provedl|vykonal|izvedel|izvršio|végezte|efectuat de|изпълнил|исполнитель|виконавець|υπεύθυνος|teostaja|veicējs|atliko|yapan|sorumlu|מבצע|المنفذ|担当者|실시자|담당자|负责人|負責人',
  ),
];

/** The two columns that can stand once for every mode. */
export const MODE_COLUMNS = ['status', 'date'] as const;

/** Every heading such a list may have: they find the heading row below titles and logos. */
export function sheetHeadings(environments: readonly string[]): string[] {
  return [...SHEET_COLUMNS.flatMap((one) => one.headings), ...environments];
}

export interface SheetProposal {
  mapping: SheetMapping;
  /** Every heading was known, and what must be there is there. */
  sure: boolean;
}

/**
 * Proposes which column of a list is which.
 * @param environments codes of the action's modes: `Dx done` and `Dx` are columns of that mode
 */
export function proposeSheet(
  header: readonly string[],
  samples: readonly (readonly string[])[],
  environments: readonly string[],
): SheetProposal {
  const proposal = proposeColumns(SHEET_COLUMNS, header, samples, (heading) => {
    const key = modeColumnOf(heading, environments);
    return key === undefined ? undefined : { key, score: 0.95 };
  });
  const { mapping, confidence } = proposal;
  // A column for each mode says what one column for all would say.
  for (const key of MODE_COLUMNS)
    if (Object.keys(mapping).some((one) => one.startsWith(`${key}:`)) && key !== 'date') delete mapping[key];
  const taken = new Set(Object.values(mapping));
  if (!Object.keys(mapping).some((key) => key.startsWith('date'))) {
    // A column of days is the date, whatever its heading says; a person has a look at it then.
    const days = header.findIndex((_, index) => {
      const cells = samples.map((row) => (row[index] ?? '').trim()).filter((cell) => cell !== '');
      return !taken.has(index) && cells.length > 0 && cells.every((cell) => /\D/.test(cell) && isDay(cell));
    });
    if (days >= 0) mapping.date = days;
  }
  const sure = isWhole(mapping) && Object.keys(mapping).every((key) => (confidence[key] ?? 0) >= 0.9);
  return { mapping, sure };
}

/** `Dx erledigt` → `status:Dx`, `Datum RUO` → `date:RUO`, `Dx` → `status:Dx`; undefined where no mode is named. */
function modeColumnOf(heading: string, environments: readonly string[]): string | undefined {
  const words = heading.split(/[^\p{L}\p{N}+]+/u).filter((word) => word !== '');
  const code = environments.find((one) => words.some((word) => foldHeading(word) === foldHeading(one)));
  if (code === undefined) return undefined;
  const rest = foldHeading(words.filter((word) => foldHeading(word) !== foldHeading(code)).join(' '));
  if (rest === '') return `status:${code}`;
  for (const key of ['date', 'status'] as const)
    if (SHEET_COLUMNS.find((one) => one.key === key)?.headings.some((one) => foldHeading(one) === rest))
      return `${key}:${code}`;
  return undefined;
}

/** Whether enough is mapped to say anything: which unit, and what of it. */
export function isWhole(mapping: SheetMapping): boolean {
  return mapping.unit !== undefined && Object.keys(mapping).some((key) => /^(status|date)(:|$)/.test(key));
}

/** A mapping's column by its key; `status:Dx` belongs to `status`. */
export function sheetColumn(key: string): ImportColumn | undefined {
  return SHEET_COLUMNS.find((one) => one.key === key.replace(/^(status|date):.+$/, '$1'));
}
