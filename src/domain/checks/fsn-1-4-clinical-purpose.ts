import { templateField } from './template-field.ts';

/** What the device is for: a reader who does not run it must understand what is at stake. */
export const fsnClinicalPurpose = templateField({
  rule: 'fsn-1-4-clinical-purpose',
  number: '1.4',
  title: 'the primary clinical purpose of the device',
  mend: 'Write in one sentence what it is used for, in the section of the products.',
  facts: ['product.purpose'],
  inSection: true,
  words: {
    en: /diagnos|purpose|intended|\bused (to|for|in)\b/i,
    de: /diagnos|zweck|dien(t|en)\b|verwendet/i,
    it: /diagnos|scopo|destinat|utilizzat|\buso\b/i,
    fr: /diagnos|finalité|destiné|utilisé/i,
    es: /diagn[oó]s|finalidad|destinad|utiliza/i,
    ja: /診断|目的|用途|使用/,
    ar: /تشخيص|غرض|استخدام|مخصص/,
  },
});
