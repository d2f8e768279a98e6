import type { NoticeDocument } from '../../../domain/notice.ts';
import { sections } from '../../../domain/notice-sections.ts';

/** What a new notice starts from: the sections of a letter with their headings, to be written under. */
export function emptyNotice(title: string): NoticeDocument {
  const keys = sections
    .filter((section) => section.layout === 'letter' && section.key !== 'distributor-duties')
    .map((section) => section.key);
  const headings = sections
    .filter((section) => section.layout === 'letter')
    .map((section) => [section.key, `# ${section.title}`] as const);
  return {
    layout: 'letter',
    sourceLanguage: 'en',
    dates: 'language',
    variants: {
      'dx-recall': { sections: keys, overrides: {} },
      distributor: { sections: [...keys, 'distributor-duties'], overrides: {} },
    },
    texts: {
      en: { title: 'URGENT MEDICAL DEVICE RECALL', subject: `URGENT: ${title}`, ...Object.fromEntries(headings) },
    },
  };
}
