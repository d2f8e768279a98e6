import { noticeLanguages, plainWords } from '../notice.ts';
import { findSection } from '../notice-sections.ts';
import { type Check, type Found, inUnion, isRecallAudience, textsOf, writtenAudiences } from './check.ts';

/** How a language says *new* and *update* of a notice; a language that is not here is left to the reader. */
const WORDS: Readonly<Record<string, { new: RegExp; update: RegExp }>> = {
  en: { new: /\bnew\b/i, update: /\bupdate[sd]?\b/i },
  de: { new: /\bneue?\b/i, update: /aktualisier|\bupdate\b/i },
  it: { new: /\bnuov[oa]\b/i, update: /aggiornament/i },
  fr: { new: /\bnouvelle?\b|\bnouveau\b/i, update: /mise à jour/i },
  es: { new: /\bnuev[oa]\b/i, update: /actualizaci/i },
  ja: { new: /新規/, update: /更新|改訂/ },
  ar: { new: /جديد/, update: /تحديث/ },
};

/** The notice says whether it is new or an update, and says what it is, in each language that we can read it in. */
export const fsnType: Check = {
  rule: 'fsn-4-1-type',
  citation: 'EC field safety notice template, Rev 1 (September 2018), field 4.1',
  severity: 'reason',
  text: '{fault} Write “{kind}” in the letterhead, or in the section “FSN type”.',
  find: (facts) => {
    if (!inUnion(facts)) return [];
    const { document, kind } = facts;
    return writtenAudiences(document)
      .filter(isRecallAudience)
      .flatMap((audience) =>
        // What is missing is missing in the source; a language left behind may say the opposite all the same.
        [document.sourceLanguage, ...noticeLanguages(document, audience)]
          .filter((language, index, all) => all.indexOf(language) === index)
          .flatMap((language): Found[] => {
            const words = WORDS[language.split('-')[0] ?? ''];
            const said = textsOf(document, audience, language)
              .filter((one) => one.section !== 'update' && findSection(one.section)?.covers.includes('4.1'))
              .map((one) => plainWords(one.text))
              .join(' ');
            if (!words || words[kind].test(said)) return [];
            const other = kind === 'new' ? 'update' : 'new';
            const contradicts = words[other].test(said);
            if (!contradicts && language !== document.sourceLanguage) return [];
            const fault = contradicts
              ? `This version is ${kind === 'new' ? 'new' : 'an update'}, and the notice says “${other}”.`
              : 'The notice does not say whether it is new or an update.';
            return [{ where: `${audience}, ${language}`, params: { fault, kind } }];
          }),
      );
  },
};
