/**
 * What a row of a list would do: held against what is known of its unit.
 */
import { type Claim, currentState, type EvidenceKind } from './correction.ts';
import { type AnswerSet, type Answers, emptyAnswers } from './form.ts';
import type { SheetFinding } from './spreadsheet-findings.ts';
import type { SheetSaid, SheetSaying } from './spreadsheet-row.ts';
import { foldWord } from './spreadsheet-words.ts';

/** What one row says of one correction. */
export interface SheetStatement {
  correctionId: number;
  /** Code of the mode. */
  mode: string;
  meaning: SheetSaid['meaning'];
  /** 'YYYY-MM-DD' or ''. */
  date: string;
  /** The remark where the meaning asks for one, else the sender's word. */
  text: string;
  /** It is known already. */
  same: boolean;
}

export interface KnownCorrection {
  id: number;
  /** Code of its environment. */
  mode: string;
  remedyId: number;
  state: string;
  /** What its state rests on. */
  because: { kind: EvidenceKind; claim: Claim; reason: string; doneOn: string | null } | null;
  /** What the party said last. */
  last: { claim: string; doneOn: string | null } | null;
}

export interface KnownUnit {
  id: number;
  serial: string;
  product: string;
  /** Codes, catalogue numbers and identifiers by which a list may name its product. */
  productNames: readonly string[];
  partyId: number;
  party: string;
  /** The sender may answer for it. */
  ours: boolean;
  /** Its party was told of the action. */
  told: boolean;
  corrections: readonly KnownCorrection[];
}

export interface SheetRules {
  noMode: '' | 'all' | 'refuse';
  /** The remedy the list speaks of; null: every one. */
  remedyId: number | null;
  /** 'YYYY-MM-DD' */
  noticeDate: string;
  near: (typed: string) => string[];
}

export interface JudgedRow {
  verdict: 'ready' | 'same' | 'nothing' | 'refused';
  warned: boolean;
  /** How the row is called: the serial number as we write it, else as they do. */
  label: string;
  unitId: number | null;
  partyId: number | null;
  statements: SheetStatement[];
  findings: SheetFinding[];
}

const CLAIMS: Readonly<Record<SheetSaid['meaning'], Claim>> = {
  done: 'done',
  'not-yet': 'not-yet',
  help: 'not-yet',
  'not-affected': 'not-affected',
  scrapped: 'gone',
  moved: 'gone',
  returned: 'gone',
  gone: 'gone',
  'not-ours': 'unknown',
  unknown: 'unknown',
};

/** Holds a row against the units that bear its number. */
export function judgeSheetRow(saying: SheetSaying, units: readonly KnownUnit[], rules: SheetRules): JudgedRow {
  const row: JudgedRow = {
    verdict: 'refused',
    warned: false,
    label: saying.unit,
    unitId: null,
    partyId: null,
    statements: [],
    findings: [...saying.findings],
  };
  const find = (level: SheetFinding['level'], code: string, params: SheetFinding['params'] = {}): void => {
    row.findings.push({ level, code, column: '', value: '', params: { serial: row.label, ...params } });
  };
  const wrong = saying.findings.some((one) => one.level === 'error');
  if (!wrong && saying.said.length === 0) {
    find('note', 'says-nothing');
    return { ...row, verdict: 'nothing' };
  }
  if (saying.unit === '' || saying.findings.some((one) => one.code === 'no-serial' || one.code === 'rounded'))
    return row;
  const unit = pickUnit(saying, units, rules, find);
  if (unit) {
    row.label = unit.serial;
    row.unitId = unit.id;
    row.partyId = unit.partyId;
    if (!unit.ours) find('error', 'not-yours');
    else if (!unit.told && unit.corrections.length > 0) find('error', 'not-told');
    else if (unit.corrections.length === 0) find('note', 'not-affected');
    else row.statements = statementsOf(saying, unit, rules, find);
  }
  row.warned = row.findings.some((one) => one.level === 'warning');
  if (row.findings.some((one) => one.level === 'error')) return { ...row, statements: [] };
  row.verdict = row.statements.length === 0 ? 'nothing' : row.statements.every((one) => one.same) ? 'same' : 'ready';
  return row;
}

type Find = (level: SheetFinding['level'], code: string, params?: SheetFinding['params']) => void;

function pickUnit(
  saying: SheetSaying,
  units: readonly KnownUnit[],
  rules: SheetRules,
  find: Find,
): KnownUnit | undefined {
  if (units.length === 0) {
    const near = rules.near(saying.unit);
    if (near.length > 0) find('error', 'unknown-near', { near: near.join(', ') });
    else find('error', 'unknown');
    return undefined;
  }
  const product = foldWord(saying.product);
  const ours = units.filter((unit) => unit.ours);
  let left = ours.length > 0 ? ours : units;
  const affected = left.filter((unit) => unit.corrections.length > 0);
  if (affected.length > 0) left = affected;
  if (left.length > 1 && product !== '') {
    const named = left.filter((unit) =>
      [unit.product, ...unit.productNames].some((name) => foldWord(name) === product),
    );
    if (named.length > 0) left = named;
  }
  const [first] = left;
  if (left.length <= 1 || !first?.ours) return first;
  find('error', 'several', { products: [...new Set(left.map((unit) => unit.product))].join(', ') });
  return undefined;
}

function statementsOf(saying: SheetSaying, unit: KnownUnit, rules: SheetRules, find: Find): SheetStatement[] {
  const corrections = unit.corrections.filter((one) => rules.remedyId === null || one.remedyId === rules.remedyId);
  const modes = [...new Set(corrections.map((one) => one.mode))];
  const statements: SheetStatement[] = [];
  for (const said of saying.said) {
    if (said.mode === '' && modes.length > 1 && rules.noMode !== 'all') {
      find('error', 'mode-missing', { modes: modes.join(', ') });
      continue;
    }
    const every = said.mode === '' || said.mode === 'all';
    const spoken = corrections.filter((one) => every || one.mode === said.mode);
    if (spoken.length === 0) find('error', 'mode-other', { mode: said.mode, modes: modes.join(', ') });
    if (said.meaning === 'done' && said.date === '') find('warning', 'no-date');
    if (said.meaning === 'done' && said.date !== '' && said.date < rules.noticeDate)
      find('warning', 'before-notice', { date: said.date, notice: rules.noticeDate });
    if (said.meaning === 'not-ours') find('warning', 'not-theirs');
    if (said.meaning === 'help') find('warning', 'help');
    for (const correction of spoken) statements.push(state(correction, said, saying.remark, find));
  }
  return statements;
}

function state(correction: KnownCorrection, said: SheetSaid, remark: string, find: Find): SheetStatement {
  const claim = CLAIMS[said.meaning];
  const { because, last } = correction;
  const repeated =
    last?.claim === claim && said.meaning !== 'help' && (said.date === '' || (last.doneOn ?? '') === said.date);
  const proven = claim === 'done' && (correction.state === 'verified' || correction.state === 'confirmed');
  if (proven) find('note', 'proven', { mode: correction.mode });
  else if (!repeated && because && contradicts(because, claim))
    find('warning', 'contradicts', { mode: correction.mode, before: because.claim, after: claim });
  return {
    correctionId: correction.id,
    mode: correction.mode,
    meaning: said.meaning,
    date: said.date,
    text: (remark || said.word).slice(0, 200).toWellFormed(),
    same: repeated || proven,
  };
}

/** Whether a statement and what stands cannot both be true: the ledger's own rule is asked. */
function contradicts(because: NonNullable<KnownCorrection['because']>, claim: Claim): boolean {
  const evidence = (id: number, kind: EvidenceKind, said: Claim) => ({
    id,
    kind,
    claim: said,
    reason: because.reason,
    at: new Date(id),
  });
  return currentState([evidence(1, because.kind, because.claim), evidence(2, 'statement', claim)]).contradicted;
}

/**
 * The statements of a party's rows as the answers of its form.
 * @param receipt the sender confirms with the list that the notice was received and understood
 */
export function answersOfSheet(statements: readonly SheetStatement[], receipt: boolean): Answers {
  const answers = emptyAnswers();
  if (receipt) answers.party = { received: 'yes', understood: 'yes' };
  for (const statement of statements) answers.corrections[statement.correctionId] = answerOf(statement);
  return answers;
}

function answerOf({ meaning, date, text }: SheetStatement): AnswerSet {
  const on = (question: string): AnswerSet => (date === '' ? {} : { [question]: date });
  switch (meaning) {
    case 'done':
      return { status: 'done', ...on('done-on') };
    case 'not-yet':
      return { status: 'not-yet', ...on('planned-on') };
    case 'help':
      return { status: 'not-yet', reason: 'other', 'reason-text': text, ...on('planned-on') };
    case 'not-affected':
      return { status: 'not-affected', 'not-affected-why': 'other', 'not-affected-text': text };
    case 'scrapped':
    case 'returned':
      return { status: 'gone', 'gone-how': meaning, ...on('gone-on') };
    case 'moved':
      return { status: 'gone', 'gone-how': 'moved', 'gone-to': text, ...on('gone-on') };
    case 'gone':
      return { status: 'gone', ...on('gone-on') };
    default:
      return { status: 'unknown' };
  }
}

/** Equal for two statements about the same correction that say the same. */
export function signOfStatement({ meaning, date }: SheetStatement): string {
  return `${meaning} ${date}`;
}
