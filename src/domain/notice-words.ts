/** What staff call the parts of a notice, in English. */
import { type Audience, audiences } from './notice.ts';

/** The variant of each audience. */
export const audienceNames: Readonly<Record<Audience, string>> = {
  'dx-recall': 'Recall letter',
  'ruo-quality': 'Quality notification',
  distributor: 'Distributor letter',
  authority: 'Authority copy',
};

/** A variant by its audience; the code itself where there is no such audience. */
export function nameOfAudience(code: string): string {
  const known = audiences.find((audience) => audience === code);
  return known ? audienceNames[known] : code;
}

const languageNames = new Intl.DisplayNames(['en'], { type: 'language' });

/** A language by its code, e.g. `pt-BR`; what is no code stays as it is. */
export function nameOfLanguage(code: string): string {
  return /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(code) ? (languageNames.of(code) ?? code) : code;
}
