/**
 * Check digits and check characters of device identifiers. Pure arithmetic: text in, text out.
 * Vectors that prove each routine stand in test/udi.test.ts.
 */

/** The mod 43 alphabet of HIBC, in the order of its values (ANSI/HIBC 2, the Code 39 set). */
export const HIBC_CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%';

/** The 82 characters an AI of type X may carry, in the order of their values (GS1 General Specifications, fig. 7.11-1). */
export const GS1_CHARACTERS = '!"%&\'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

const PAIR_CHARACTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];

/**
 * GS1 mod 10 check digit of a number without its check digit (GTIN, GLN, SSCC).
 * Leading zeros do not change it, which is why a GTIN-12 and its GTIN-14 share theirs.
 * @param digits only 0-9
 */
export function gtinCheckDigit(digits: string): string {
  let sum = 0;
  for (let i = digits.length - 1, weight = 3; i >= 0; i--, weight = 4 - weight) {
    sum += (digits.charCodeAt(i) - 48) * weight;
  }
  return String((10 - (sum % 10)) % 10);
}

/** True when the last digit of a GTIN, GLN or SSCC is the check digit of the others. False for anything but digits. */
export function hasValidCheckDigit(digits: string): boolean {
  return /^\d{2,}$/.test(digits) && gtinCheckDigit(digits.slice(0, -1)) === digits.at(-1);
}

/** HIBC mod 43 check character of everything before it, the leading `+` included. Undefined for a character HIBC does not know. */
export function hibcCheckCharacter(text: string): string | undefined {
  let sum = 0;
  for (const character of text) {
    const value = HIBC_CHARACTERS.indexOf(character);
    if (value < 0) return undefined;
    sum += value;
  }
  return HIBC_CHARACTERS[sum % 43];
}

/**
 * The pair of check characters of a GS1 GMN, of an HIBC Basic UDI-DI (with its `++`) and of an EUDAMED DI
 * (without its `B-`): values of the GS1 alphabet times successive primes from the right, mod 1021, in base 32.
 * Undefined when the text is too long (more than 23 characters) or holds a character outside the alphabet.
 */
export function checkPair(text: string): string | undefined {
  if (text === '' || text.length > PRIMES.length) return undefined;
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    const value = GS1_CHARACTERS.indexOf(text.charAt(text.length - 1 - i));
    if (value < 0) return undefined;
    sum += value * (PRIMES[i] ?? 0);
  }
  sum %= 1021;
  return PAIR_CHARACTERS.charAt(sum >> 5) + PAIR_CHARACTERS.charAt(sum & 31);
}

/** The two check digits of an IFA code (PPN and Basic UDI-DI): character code times 2, 3, 4 … from the left, mod 97. */
export function ifaCheckDigits(text: string): string {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i) * (i + 2);
  return String(sum % 97).padStart(2, '0');
}
