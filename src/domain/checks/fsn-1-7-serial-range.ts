import { templateField } from './template-field.ts';

/** Which serial numbers or lots are affected, even if it is all of them. */
export const fsnSerialRange = templateField({
  rule: 'fsn-1-7-serial-range',
  number: '1.7',
  title: 'which serial numbers or lots are affected',
  mend: 'Print {product.serials} or {recipient.units}, or write that all serial numbers are.',
  facts: ['product.serials', 'recipient.units'],
  inSection: true,
  words: {
    en: /serial number|\blots?\b|\bbatch/i,
    de: /seriennummer|charge|\blos(e|en)?\b/i,
    it: /numer[oi] di serie|lott[oi]/i,
    fr: /numéros? de série|\blots?\b/i,
    es: /números? de serie|\blotes?\b/i,
    ja: /シリアル番号|製造番号|ロット/,
    ar: /الأرقام التسلسلية|الرقم التسلسلي|أرقام تسلسلية|تشغيلة/,
  },
});
