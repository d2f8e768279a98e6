import { noticeLanguages } from '../notice.ts';
import { type Check, writtenAudiences } from './check.ts';

/** Each language that can go out has been read beside the source by somebody who stands for it. */
export const languagesReviewed: Check = {
  rule: 'languages-reviewed',
  citation: 'House rule: a language is signed off by a named reader',
  severity: 'reason',
  text: 'Nobody has signed off {languages}. Have each read beside the source by somebody who knows the language, or write why it goes out without.',
  find: ({ document, signedOff }) => {
    // Without the record of sign-offs nothing can be said.
    if (!signedOff) return [];
    // A contact gets every complete language it reads, whatever its country asks for.
    const sendable = new Set(writtenAudiences(document).flatMap((audience) => noticeLanguages(document, audience)));
    const open = [...sendable].filter((code) => code !== document.sourceLanguage && !signedOff.includes(code)).sort();
    return open.length === 0 ? [] : [{ where: open.join(', '), params: { languages: open.join(', ') } }];
  },
};
