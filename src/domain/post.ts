/** Letters in the post: tracking numbers, references of returned letters, and why a letter comes back. Pure. */
import { type Refusal, refuse } from './refusal.ts';

export const postServices = ['ordinary', 'registered', 'signature', 'courier'] as const;
export type PostService = (typeof postServices)[number];

export const postServiceWords: Readonly<Record<PostService, string>> = {
  ordinary: 'Ordinary letter',
  registered: 'Registered letter',
  signature: 'Registered, against signature',
  courier: 'Courier',
};

/** Where a letter on paper stands. */
export const postStates = ['to-print', 'printed', 'dispatched', 'overdue', 'delivered', 'returned'] as const;
export type PostState = (typeof postStates)[number];

/** Days in the post after which a letter whose arrival nobody reported is looked for. */
export const OVERDUE_AFTER_DAYS = 14;

export const returnReasons = ['moved', 'unknown', 'closed', 'refused', 'unclaimed', 'damaged'] as const;
export type ReturnReason = (typeof returnReasons)[number];

/** What follows from the words on a returned envelope. */
export interface ReturnRule {
  word: string;
  /** The kind of the bounce it counts as: `hard` – nobody is reached at this address. */
  bounce: 'hard' | 'soft' | 'policy';
  /** The address is not written to any more. */
  badAddress: boolean;
  /** What somebody does next. */
  next: string;
}

export const returnRules: Readonly<Record<ReturnReason, ReturnRule>> = {
  moved: {
    word: 'Moved away',
    bounce: 'hard',
    badAddress: true,
    next: 'Find the new address; the sticker of the post may name it.',
  },
  unknown: {
    word: 'Not known at this address',
    bounce: 'hard',
    badAddress: true,
    next: 'Check the address with the party, or write to another contact.',
  },
  closed: {
    word: 'Closed, or the person has died',
    bounce: 'hard',
    badAddress: true,
    next: 'Find out who has the units now.',
  },
  refused: {
    word: 'Refused',
    bounce: 'policy',
    badAddress: false,
    next: 'Call them: they have to know what the letter says.',
  },
  unclaimed: {
    word: 'Not fetched in time',
    bounce: 'soft',
    badAddress: false,
    next: 'Send it again without signature, or call.',
  },
  damaged: { word: 'Damaged on the way', bounce: 'soft', badAddress: false, next: 'Print it again and send it.' },
};

/** Weights of the check digit of postal identifiers (UPU S10). */
const S10_WEIGHTS = [8, 6, 4, 2, 3, 5, 9, 7] as const;
const S10 = /^([A-Z]{2})(\d{8})(\d)([A-Z]{2})$/;

/**
 * Reads a tracking number as typed or scanned: blanks and dashes do not matter. The check digit of postal identifiers
 * (two letters, nine digits, country; UPU S10) is checked, so that a mistyped one is noticed at once.
 * @returns the number in capitals, or `post.tracking-shape`, `post.tracking-check`
 */
export function readTracking(typed: string): string | Refusal {
  const number = typed.toUpperCase().replace(/[\s.\-/]/g, '');
  if (!/^[A-Z0-9]{6,40}$/.test(number) || !/\d/.test(number))
    return refuse('post.tracking-shape', { number: typed.trim().slice(0, 60) }, 'tracking');
  const s10 = S10.exec(number);
  if (!s10) return number;
  const sum = [...(s10[2] ?? '')].reduce((total, digit, place) => total + Number(digit) * (S10_WEIGHTS[place] ?? 0), 0);
  const rest = 11 - (sum % 11);
  const check = rest === 10 ? 0 : rest === 11 ? 5 : rest;
  return check === Number(s10[3]) ? number : refuse('post.tracking-check', { number, check }, 'tracking');
}

/** What a tracking number says of its carrier: the post of a country; '' where it says nothing. */
export function carrierOf(tracking: string): string {
  const country = S10.exec(tracking)?.[4];
  return country ? `Post, ${country}` : '';
}

/** What names a letter: its number, its personal link, the code of its form, else words to look up. */
export type LetterReference =
  | { kind: 'delivery'; id: number }
  | { kind: 'link'; token: string }
  | { kind: 'form'; code: string }
  | { kind: 'text'; text: string };

/** How a letter is named on envelopes, labels and lists: `L-12`. */
export function letterReference(deliveryId: number): string {
  return `L-${deliveryId}`;
}

/**
 * Reads what a scanner read off a letter, or somebody typed: `L-12` or `12`, the QR code of the letter (its personal
 * link), the QR code of its form; anything else may be a tracking number or the number of a party.
 */
export function readLetterReference(typed: string): LetterReference {
  const text = typed.trim().slice(0, 500);
  const number = /^(?:L\s*-?\s*)?([1-9]\d{0,11})$/i.exec(text)?.[1];
  if (number && (text.length <= 9 || /^l/i.test(text))) return { kind: 'delivery', id: Number(number) };
  const token = /\/p\/([0-9a-z]{26})(?:[/?#]|$)/i.exec(text)?.[1];
  if (token) return { kind: 'link', token };
  if (/^FF1\./i.test(text)) return { kind: 'form', code: text };
  return { kind: 'text', text };
}

/** One line of a list of tracking numbers. */
export interface TrackingLine {
  /** From 1, as the reader counts lines. */
  line: number;
  reference: string;
  tracking: string;
}

/** Most lines of one list. */
export const MOST_LINES = 2_000;

/**
 * Reads a list `reference; tracking number`, one letter a line; semicolon, comma or tab between them. A heading and
 * empty lines are passed over. What is wrong with a line is named by its number.
 */
export function readTrackingList(text: string): {
  lines: TrackingLine[];
  faults: { line: number; refusal: Refusal }[];
} {
  const lines: TrackingLine[] = [];
  const faults: { line: number; refusal: Refusal }[] = [];
  const seen = new Map<string, number>();
  for (const [place, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = place + 1;
    if (raw.trim() === '') continue;
    const [reference = '', typed = ''] = raw.split(/[;,\t]/).map((cell) =>
      cell
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .trim(),
    );
    if (lines.length === 0 && faults.length === 0 && !/\d/.test(raw)) continue;
    if (lines.length >= MOST_LINES) {
      faults.push({ line, refusal: refuse('post.list-too-long', { most: MOST_LINES }) });
      break;
    }
    if (reference === '' || typed === '') {
      faults.push({ line, refusal: refuse('post.line-incomplete', { line }) });
      continue;
    }
    const tracking = readTracking(typed);
    const twin = seen.get(reference.toUpperCase());
    if (typeof tracking !== 'string') faults.push({ line, refusal: tracking });
    else if (twin !== undefined) faults.push({ line, refusal: refuse('post.line-twice', { line, twin }) });
    else {
      seen.set(reference.toUpperCase(), line);
      lines.push({ line, reference, tracking });
    }
  }
  return { lines, faults };
}
