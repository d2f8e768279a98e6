/** What a free text says about units: only ever a proposal, which a person accepts or mends. */
import { parseDateText } from './date-text.ts';
import { ownText } from './mail-quote.ts';
import { doneWords, goneWords, notYetWords, receiptWords } from './mail-words.ts';
import { isRefusal } from './refusal.ts';

/** A unit that the text may speak of, as the ledger has it. */
export interface ClaimableUnit {
  id: number;
  serial: string;
  corrections: readonly { id: number; environment: string; environmentName: string }[];
}

/** What the text seems to say of one correction. */
export interface ProposedClaim {
  correctionId: number;
  unitId: number;
  serial: string;
  environment: string;
  claim: 'done' | 'not-yet' | 'gone';
  /** `YYYY-MM-DD`; null when the text names no day near it. */
  doneOn: string | null;
  /** The words it rests on, as they stand. */
  words: string;
}

export interface ProposedReply {
  received: boolean;
  claims: readonly ProposedClaim[];
  /** Units that the text names, whatever it says of them. */
  named: readonly number[];
  /** Looks like a serial number of ours and is none of this party's. */
  strangers: readonly string[];
}

/** Serial-like words: letters and digits, at least two digits, as labels print them. */
const SERIAL = /\b(?=[A-Z0-9-]*\d[A-Z0-9-]*\d)[A-Z0-9]{2,6}-?[A-Z0-9]{0,12}-?\d[A-Z0-9]{1,14}\b/gi;

/** Serial numbers in a text, in the order they stand, as they are compared: capitals, without blanks. At most 200. */
export function serialsIn(text: string): string[] {
  const found = [...text.slice(0, 60_000).matchAll(SERIAL)].map(([serial]) => serial.toUpperCase());
  return [...new Set(found.filter((serial) => serial.length >= 5))].slice(0, 200);
}

/**
 * Reads statements about units. A line with serial numbers speaks of those; words before the first of them, or in the
 * line above, hold for all that follow until other words come. Without a serial number, `all` speaks of every unit.
 * @param today days after it are not believed
 */
export function readClaims(text: string, units: readonly ClaimableUnit[], today: string): ProposedReply {
  const own = ownText(text);
  const bySerial = new Map(units.map((unit) => [unit.serial.toUpperCase(), unit]));
  const claims = new Map<number, ProposedClaim>();
  const strangers = new Set<string>();
  const spokenOf = new Set<number>();
  let standing: { claim: ProposedClaim['claim']; words: string; doneOn: string | null } | undefined;
  for (const line of own.split(/\n|(?<=\D[.;!])\s+(?=\p{Lu})/u)) {
    if (line.trim() === '') continue;
    const said = claimIn(line);
    const doneOn = dayIn(line, today);
    if (said) standing = { claim: said, words: line.trim().slice(0, 300), doneOn };
    else if (standing && doneOn) standing = { ...standing, doneOn };
    const named = units.filter((unit) => names(line, unit.serial));
    for (const unit of named) spokenOf.add(unit.id);
    for (const serial of serialsIn(line)) if (!bySerial.has(serial)) strangers.add(serial);
    const all = named.length === 0 && said && ALL.test(line) ? units : named;
    if (!standing) continue;
    for (const unit of all) {
      for (const correction of meantOf(unit, line)) {
        claims.set(correction.id, {
          correctionId: correction.id,
          unitId: unit.id,
          serial: unit.serial,
          environment: correction.environment,
          claim: standing.claim,
          doneOn: standing.claim === 'done' ? (doneOn ?? standing.doneOn) : null,
          words: said ? standing.words : `${standing.words} … ${line.trim()}`.slice(0, 300),
        });
      }
    }
  }
  return {
    received: receiptWords.test(own) || claims.size > 0,
    claims: [...claims.values()],
    named: [...spokenOf],
    strangers: [...strangers],
  };
}

const ALL =
  /\b(?:all|every|both|alle[nrs]?|beide[nr]?|sämtliche|tou(?:s|tes)|les deux|tutt[ie]|entrambi|todos|todas|ambos|allt|alla|wszystk\w+)\b|все|すべて|全て|全部|所有/iu;

const UNPLUGGED =
  /unplugged|disconnected|off the network|(?:netzwerk)?kabel (?:ist |wurde )?(?:gezogen|getrennt|abgezogen|ausgesteckt)|vom netz(?:werk)? (?:genommen|getrennt)|débranché|déconnecté|scollegat|staccat|desconectad|desenchufad|desligad|losgekoppeld|odłączon|отключ|odpojen|ケーブルを(?:抜|外)|拔(?:掉|了|出)|断网/i;

/** Whether somebody says that the cable is out. What is denied or asked for is not said. */
export function saysUnplugged(text: string): boolean {
  return text
    .split(/(?<=[.!?\n])\s*/)
    .some(
      (said) => UNPLUGGED.test(said) && !/\?|\b(?:not|n't|kein|nicht|pas|non|no|não|niet|nie|ikke|inte)\b/i.test(said),
    );
}

/** The first telephone number in a text, as it is written; '' when there is none. */
export function phoneIn(text: string): string {
  return /(?:\+|\b00)\d[\d ()/.-]{6,18}\d/.exec(text)?.[0] ?? '';
}

/**
 * Whether something is said to be done on a unit of several modes without a word about which: each is patched by itself, so
 * that one sentence may mean one of them.
 */
export function leavesModeOpen(units: readonly ClaimableUnit[], claims: readonly ProposedClaim[]): boolean {
  return units.some((unit) => {
    const [first, ...others] = claims.filter((claim) => claim.unitId === unit.id && claim.claim === 'done');
    if (!first || others.length === 0 || others.some((claim) => claim.words !== first.words)) return false;
    return !ALL.test(first.words) && !namesMode(unit, first.words);
  });
}

function namesMode(unit: ClaimableUnit, line: string): boolean {
  return unit.corrections.some((one) => meantOf({ ...unit, corrections: [one, NOWHERE] }, line).length === 1);
}
/** A mode that no line names. */
const NOWHERE = { id: 0, environment: '', environmentName: '' };

/** Whether a line names this serial number as a word of its own, in whatever letters. */
function names(line: string, serial: string): boolean {
  const at = line.toUpperCase().indexOf(serial.toUpperCase());
  if (at < 0 || serial === '') return false;
  // Korean and Japanese write their particles right behind it: only what could be a sign of a longer number goes on.
  const goesOn = /[\p{Script=Latin}\p{N}]/u;
  return !goesOn.test(line.charAt(at - 1)) && !goesOn.test(line.charAt(at + serial.length));
}

function claimIn(line: string): ProposedClaim['claim'] | undefined {
  if (notYetWords.test(line)) return 'not-yet';
  if (goneWords.test(line)) return 'gone';
  return doneWords.test(line) ? 'done' : undefined;
}

/** The corrections of a unit that a line means: those whose mode it names, else all of them. */
function meantOf(unit: ClaimableUnit, line: string): ClaimableUnit['corrections'] {
  const named = unit.corrections.filter((correction) =>
    [correction.environment, correction.environmentName].some(
      (word) => word !== '' && new RegExp(`(?<![\\p{L}\\p{N}])${literal(word)}(?![\\p{L}\\p{N}])`, 'iu').test(line),
    ),
  );
  return named.length > 0 ? named : unit.corrections;
}

function literal(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

const DAY =
  /\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4}\b|\b\d{1,2}\/\d{1,2}\/\d{2,4}\b|\b\d{1,2}(?:st|nd|rd|th|\.|º)?[ -]?(?:de )?\p{L}{3,10}\.?[ ,-]*(?:de )?\d{4}\b|\b\p{L}{3,9} \d{1,2}(?:st|nd|rd|th)?, \d{4}\b/giu;

/** The first believable day in a text. What could be day or month first is read day first: most of the world writes so. */
function dayIn(text: string, today: string): string | null {
  for (const [typed] of text.matchAll(DAY)) {
    const day = parseDateText(typed.replace(/\bde /g, '').replace(/\.\s/g, '.'), { order: 'dmy' });
    if (!isRefusal(day) && day <= today && day > '2000-01-01') return day;
  }
  return null;
}
