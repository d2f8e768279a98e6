import { plainWords } from '../notice.ts';
import { type Check, type Found, isRecallAudience, printedTexts } from './check.ts';

/** What *urgent* and *medical device recall* are in a language; a language that is not here is looked at by a person. */
const WORDS: Readonly<Record<string, { urgent: RegExp; recall: RegExp }>> = {
  en: { urgent: /\burgent\b/i, recall: /medical device (recall|correction)|field safety notice/i },
  de: { urgent: /\bdringend/i, recall: /r(ü|ue)ckruf|korrektur|sicherheitsinformation/i },
  it: { urgent: /\burgente\b/i, recall: /richiamo|correzione|avviso di sicurezza/i },
};

/** Letter and envelope are marked: *medical device recall* (or correction), and *URGENT* for class I and II. */
export const cfr749Urgent: Check = {
  rule: 'cfr-7-49-urgent',
  citation: '21 CFR 7.49(b)',
  severity: 'blocking',
  text: 'The {part} does not say {lacking}. Mark it conspicuously: subject and title are what stands on envelope and letter.',
  find: ({ document, action }) => {
    // A class that is not known yet may turn out to be I or II.
    const urgent = action.recallClass !== 'III';
    return printedTexts(document)
      .filter(({ audience, section }) => isRecallAudience(audience) && (section === 'title' || section === 'subject'))
      .flatMap(({ section, language, text, where }): Found[] => {
        const words = WORDS[language.split('-')[0] ?? ''];
        if (!words) return [];
        const said = plainWords(text);
        const lacking = [
          ...(urgent && !words.urgent.test(said) ? ['URGENT'] : []),
          ...(words.recall.test(said) ? [] : ['medical device recall']),
        ];
        return lacking.length === 0 ? [] : [{ where, params: { part: section, lacking: lacking.join(' and ') } }];
      });
  },
};
