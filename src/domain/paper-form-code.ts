/**
 * The code on each page of a printed form: which form, which page, which language, and a check that only this server
 * can have written. All capitals, so that it fits a small QR code of the alphanumeric kind and can be typed.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Refusal, refuse } from './refusal.ts';

/** What a page's code says. */
export interface FormCode {
  /** Short name of the form, as `paper_form.code` keeps it. */
  form: string;
  /** From 1. */
  page: number;
  pages: number;
  /** BCP 47, e.g. `de`, `zh-Hant`. */
  language: string;
}

/** Crockford's alphabet: no letter that looks like a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 50 bits: nobody guesses another customer's form. */
const CODE_LENGTH = 10;
/** 40 bits of the check. */
const CHECK_LENGTH = 8;
const CODE =
  /^FF1\.([0-9A-HJKMNP-TV-Z]{10})\.([1-9]\d{0,3})\.([1-9]\d{0,3})\.([A-Z]{2,3}(?:-[A-Z0-9]{2,8}){0,2})\.([0-9A-HJKMNP-TV-Z]{8})$/;

/** The short name of a form, from at least seven random bytes. */
export function makeFormName(random: Uint8Array): string {
  return toLetters(random, CODE_LENGTH);
}

/** Writes the text of a page's QR code: `FF1.<form>.<page>.<pages>.<LANGUAGE>.<check>`. */
export function writeFormCode(code: FormCode, secret: Uint8Array): string {
  const said = `FF1.${code.form}.${code.page}.${code.pages}.${code.language.toUpperCase()}`;
  return `${said}.${checkOf(said, secret)}`;
}

/**
 * Reads a page's code as scanned or typed.
 * @returns its parts, or a refusal: `paper-form.code-unreadable` for a text that is none of our codes,
 * `paper-form.code-altered` where the check does not hold
 */
export function readFormCode(text: string, secret: Uint8Array): FormCode | Refusal {
  const clean = text.trim().toUpperCase();
  const match = CODE.exec(clean);
  const [, form = '', page = '', pages = '', language = '', check = ''] = match ?? [];
  if (!match || Number(page) > Number(pages)) return refuse('paper-form.code-unreadable', { code: clean.slice(0, 60) });
  const expected = checkOf(clean.slice(0, -CHECK_LENGTH - 1), secret);
  if (!timingSafeEqual(Buffer.from(check), Buffer.from(expected)))
    return refuse('paper-form.code-altered', { code: clean });
  return { form, page: Number(page), pages: Number(pages), language: canonicalLanguage(language) };
}

/** `ZH-HANT` → `zh-Hant`. A shape that is no language stays as it is: the check says it was ours. */
function canonicalLanguage(upper: string): string {
  try {
    return Intl.getCanonicalLocales(upper)[0] ?? upper.toLowerCase();
  } catch {
    return upper.toLowerCase();
  }
}

function checkOf(said: string, secret: Uint8Array): string {
  return toLetters(createHmac('sha256', secret).update(`fieldfix paper form ${said}`).digest(), CHECK_LENGTH);
}

/** The first `length` groups of five bits as letters. */
function toLetters(bytes: Uint8Array, length: number): string {
  if (bytes.length * 8 < length * 5) throw new RangeError(`${bytes.length} bytes are too few for ${length} letters`);
  let letters = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5 && letters.length < length) {
      bits -= 5;
      letters += ALPHABET[(value >>> bits) & 31];
    }
  }
  return letters;
}
