import { plainWords } from '../notice.ts';
import { type Check, distinctTexts } from './check.ts';

/** Words of advertising or of playing down. A list that finds too much costs a reason; one that finds too little costs trust. */
const WORDS: Readonly<Record<string, RegExp>> = {
  en: /\b(innovative|industry[- ]leading|best[- ]in[- ]class|world[- ]class|award[- ]winning|discount|special offer|upgrade now|new product|as a precaution only|out of an abundance of caution|no need to worry|valued customer|pride ourselves|exciting|state[- ]of[- ]the[- ]art|subscribe|newsletter|market withdrawal|stock recovery)\b/gi,
  de: /(innovativ|branchenführend|führend(?:e|er|es|en)? (?:hersteller|anbieter)|erstklassig|preisgekrönt|rabatt|sonderangebot|aktionsangebot|neues produkt|rein vorsorglich|kein grund zur sorge|geschätzte[rn]? kund|wir sind stolz|spannend|hochmodern|newsletter|jetzt bestellen)/gi,
  it: /(innovativ[oaie]|leader (?:del|nel) (?:settore|mercato)|all['’]avanguardia|pluripremiat[oaie]|sconto|offerta speciale|nuovo prodotto|a titolo puramente precauzionale|nessun motivo di preoccupazione|stimat[oi] client[ei]|siamo orgogliosi|newsletter|ordinate ora)/gi,
};

/** No promotional material, no irrelevant qualification, nothing that detracts from the message. */
export const noAdvertising: Check = {
  rule: 'no-advertising',
  citation: '21 CFR 7.49(c)(2); EC guidance on field safety notices',
  severity: 'reason',
  text: '“{words}” advertises or plays down. Say only what is wrong, what to do, by when, and whom to call.',
  find: ({ document }) =>
    distinctTexts(document).flatMap(({ language, text, where }) => {
      const words = plainWords(text).match(WORDS[language.split('-')[0] ?? ''] ?? /(?!)/g);
      return words ? [{ where, params: { words: [...new Set(words)].join('”, “') } }] : [];
    }),
};
