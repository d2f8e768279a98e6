import { templateField } from './template-field.ts';

/** How likely the problem is: without it nobody can weigh the risk. */
export const fsnProbability = templateField({
  rule: 'fsn-2-3-probability',
  number: '2.3',
  title: 'how probable it is that the problem arises',
  mend: 'Write it in the section of the problem, also when it is not known.',
  inSection: true,
  words: {
    en: /likely|likelihood|probab|\bno (known )?cases?\b/i,
    de: /wahrscheinlich|kein(en)? fall/i,
    it: /probabil|nessun caso|alcun caso/i,
    fr: /probab|vraisembl|aucun cas/i,
    es: /probab|ningún caso/i,
    ja: /可能性|確率|蓋然性/,
    ar: /احتمال|مرجح/,
  },
});
