/**
 * The confirmation code: twenty signs that a verifier shows where a remedy was installed and a person types in. It carries
 * the ticket, the result and the day, and a MAC over these and the unit, its environment and the package. What it proves
 * and what not: docs/threat-model.md.
 *
 * Also compiled into the verifier, for machines as old as Node 12: nothing here may need more than node:crypto.
 */
import { createHmac } from 'node:crypto';

/** Crockford's base 32: digits and capitals without I, L, O and U. */
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 4;
/** Signs of a group that carry something; one more checks them. */
const CARRIED = 4;
const GROUP = CARRIED + 1;
/** Bits of a whole code or key: four groups of four signs of five bits. */
const BYTES = 10;

/** Bytes of the ticket's number; two bytes of result (2 bits), backup (1) and day (13) follow, then the MAC. */
const TICKET_BYTES = 3;
const TAG_BYTES = 5;
const DAYS = 1 << 13;

/** Ticket numbers go round after sixteen million; the MAC tells those of the same number apart. */
export const TICKET_NUMBERS = 1 << (8 * TICKET_BYTES);
/** Days are counted from here; thirteen bits last until June 2042. */
const FIRST_DAY = Date.UTC(2020, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;

/** What the verifier found: every check passed, or one did not. Two further values are kept for later. */
export type CodeResult = 'done' | 'failed';
const results: readonly CodeResult[] = ['done', 'failed'];

/** What stands in a code for everybody to read. */
export interface CodeFacts {
  /** Number of the installation ticket, below {@link TICKET_NUMBERS}. */
  ticket: number;
  result: CodeResult;
  backedUp: boolean;
  /** `YYYY-MM-DD` by the machine's own clock. */
  doneOn: string;
}

/** What a code is computed over besides. */
export interface CodeSubject {
  serial: string;
  /** Code of the environment, e.g. `Dx`. */
  environment: string;
  /** SHA-256 of the package, hexadecimal. */
  sha256: string;
}

/** A code that was read: its signs are in order. Whether it is genuine, {@link codeMatches} says. */
export interface ReadCode extends CodeFacts {
  /** The MAC, forty bits. */
  tag: number;
}

/** What is wrong with the signs typed, and where. Groups count from 1. */
export type CodeFault =
  | { fault: 'length'; signs: number }
  | { fault: 'sign'; sign: string; group: number }
  | { fault: 'groups'; groups: number[] }
  /** The signs are those of a ticket's key, which stays with the verifier. */
  | { fault: 'key' }
  /** Made by a verifier that is newer than this server. */
  | { fault: 'newer' };

/** What the signs are of: a code, or the key of a ticket. Their check signs differ, so that one is not taken for the other. */
type Kind = 'code' | 'key';

// ── Signs ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Multiplies by x in GF(32), x⁵ = x² + 1. */
const twice = (value: number): number => ((value << 1) ^ (value & 16 ? 0b100101 : 0)) & 31;

/**
 * The check sign of a group: the sum over GF(32) of its signs, each times another power of x. Powers differ, so any one
 * wrong sign and any two exchanged signs change it; each place has its own addend, so that exchanged groups show too.
 */
function checkSign(kind: Kind, place: number, carried: readonly number[]): number {
  let sum = 0;
  for (const value of carried) sum = twice(sum ^ value);
  return sum ^ (place + (kind === 'key' ? 17 : 1));
}

function writeSigns(kind: Kind, bytes: Buffer): string {
  const values: number[] = [];
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= 5; bits &= (1 << held) - 1) {
      held -= 5;
      values.push(bits >> held);
    }
  }
  const groups: string[] = [];
  for (let place = 0; place < GROUPS; place++) {
    const carried = values.slice(place * CARRIED, (place + 1) * CARRIED);
    groups.push([...carried, checkSign(kind, place, carried)].map((value) => SIGNS[value]).join(''));
  }
  return groups.join('-');
}

/** Reads signs as people type them: any case, any gaps, O for 0 and I or L for 1. */
function readSigns(kind: Kind, typed: string): Buffer | CodeFault {
  const clean = typed
    .toUpperCase()
    .replace(/[\s._\-\u2010-\u2015\u2212]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  const signs = Array.from(clean);
  const odd = signs.findIndex((sign) => !SIGNS.includes(sign));
  if (odd >= 0) return { fault: 'sign', sign: signs[odd] ?? '', group: Math.floor(odd / GROUP) + 1 };
  if (signs.length !== GROUPS * GROUP) return { fault: 'length', signs: signs.length };
  const values = signs.map((sign) => SIGNS.indexOf(sign));
  const wrong = wrongGroups(kind, values);
  if (wrong.length > 0) {
    const other = wrongGroups(kind === 'code' ? 'key' : 'code', values);
    return other.length === 0 ? { fault: 'key' } : { fault: 'groups', groups: wrong };
  }
  const bytes = Buffer.alloc(BYTES);
  let bits = 0;
  let held = 0;
  let written = 0;
  values.forEach((value, at) => {
    if (at % GROUP === CARRIED) return;
    bits = (bits << 5) | value;
    held += 5;
    if (held < 8) return;
    held -= 8;
    bytes[written++] = bits >> held;
    bits &= (1 << held) - 1;
  });
  return bytes;
}

function wrongGroups(kind: Kind, values: readonly number[]): number[] {
  const wrong: number[] = [];
  for (let place = 0; place < GROUPS; place++) {
    const group = values.slice(place * GROUP, (place + 1) * GROUP);
    if (checkSign(kind, place, group.slice(0, CARRIED)) !== group[CARRIED]) wrong.push(place + 1);
  }
  return wrong;
}

const isFault = (value: Buffer | CodeFault): value is CodeFault => 'fault' in value;

// ── Tickets and their keys ──────────────────────────────────────────────────────────────────────────────────────────

/** The key of a ticket: eighty bits, derived from the server's secret, so that no table holds one. */
export function ticketKey(secret: Buffer, ticketId: number): Buffer {
  return createHmac('sha256', secret).update(`fieldfix installation ticket ${ticketId}`).digest().subarray(0, BYTES);
}

/** The key as it is printed on its ticket and typed where no file can be read. */
export function printTicketKey(key: Buffer): string {
  return writeSigns('key', key);
}

/** The key of a ticket as typed; what is wrong with it otherwise. */
export function readTicketKey(typed: string): Buffer | CodeFault {
  return readSigns('key', typed);
}

/** The number a ticket is known by outside. */
export function ticketNumber(ticketId: number): number {
  return ticketId % TICKET_NUMBERS;
}

// ── Codes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A serial as labels and people write it, made one: capitals, no blanks. */
export function plainSerial(serial: string): string {
  return serial.normalize('NFKC').toUpperCase().replace(/\s+/g, '');
}

/** The day as a code counts it; undefined when a code cannot say it. */
function dayNumber(day: string): number | undefined {
  const days = Math.round((Date.parse(`${day}T00:00:00Z`) - FIRST_DAY) / DAY_MS);
  return days >= 0 && days < DAYS ? days : undefined;
}

function tagOf(key: Buffer, facts: CodeFacts, subject: CodeSubject): number {
  const text = JSON.stringify([
    'fieldfix confirmation code 1',
    facts.ticket,
    plainSerial(subject.serial),
    subject.environment,
    subject.sha256,
    facts.result,
    facts.backedUp,
    facts.doneOn,
  ]);
  return createHmac('sha256', key).update(text).digest().readUIntBE(0, TAG_BYTES);
}

/**
 * Computes a code, in four groups of five signs.
 * @param key the ticket's, see {@link ticketKey}
 * @throws RangeError for a day before 2020 or after June 2042: such a clock is wrong
 */
export function computeCode(key: Buffer, facts: CodeFacts, subject: CodeSubject): string {
  const day = dayNumber(facts.doneOn);
  if (day === undefined) throw new RangeError(`No code can say ${facts.doneOn}`);
  const bytes = Buffer.alloc(BYTES);
  bytes.writeUIntBE(facts.ticket, 0, TICKET_BYTES);
  bytes.writeUInt16BE((results.indexOf(facts.result) << 14) | (facts.backedUp ? DAYS : 0) | day, TICKET_BYTES);
  bytes.writeUIntBE(tagOf(key, facts, subject), BYTES - TAG_BYTES, TAG_BYTES);
  return writeSigns('code', bytes);
}

/** Reads a code as typed. Every single wrong sign and every two exchanged signs are found, with the group they stand in. */
export function readCode(typed: string): ReadCode | CodeFault {
  const bytes = readSigns('code', typed);
  if (isFault(bytes)) return bytes;
  const middle = bytes.readUInt16BE(TICKET_BYTES);
  const result = results[middle >> 14];
  if (result === undefined) return { fault: 'newer' };
  return {
    ticket: bytes.readUIntBE(0, TICKET_BYTES),
    result,
    backedUp: (middle & DAYS) !== 0,
    doneOn: new Date(FIRST_DAY + (middle & (DAYS - 1)) * DAY_MS).toISOString().slice(0, 10),
    tag: bytes.readUIntBE(BYTES - TAG_BYTES, TAG_BYTES),
  };
}

/** Whether a code was computed with this key over this unit, environment and package. */
export function codeMatches(key: Buffer, code: ReadCode, subject: CodeSubject): boolean {
  // Only forty bits are compared, of a value that changes with each code: their timing tells nobody anything.
  return tagOf(key, code, subject) === code.tag;
}
