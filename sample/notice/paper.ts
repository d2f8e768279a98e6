/**
 * The example notice as it was on paper, with the gaps it had there: our own words for the same sections, and what was
 * missing left out. The checks are tried on it (test/notice-checks.test.ts), and the demo counts what they find.
 */
import { type CheckFacts, type Finding, runChecks } from '../../src/domain/checks/index.ts';
import { type NoticeDocument, noticeDocumentSchema } from '../../src/domain/notice.ts';
import { sampleNoticeFacts } from './document.ts';

const en: Record<string, string> = {
  title: 'URGENT MEDICAL DEVICE RECALL',
  subtitle: 'Quality notification',
  subject: 'URGENT MEDICAL DEVICE RECALL {action.reference}',
  // No FSCA reference, and not a word whether the notice is new or an update.
  letterhead: '{manufacturer.name}\\\n{manufacturer.address}\n\n{action.date}\\\n{action.reference}, {notice.number}',
  salutation: 'Dear customer,\n\nplease read this letter about the software Local Run Manager.',
  // No clinical purpose, no software versions, no range of serial numbers.
  products: [
    '# Affected products',
    '| Product | Device identifier | Catalogue number |',
    '|---|---|---|',
    '| {product.name} | {product.udi-di} | {product.catalogue} |',
  ].join('\n'),
  // No word on how probable it is.
  problem: [
    '# The problem',
    'A vulnerability in Local Run Manager lets somebody on the network take over the instrument. Settings, data and results could be affected.',
  ].join('\n'),
  // No day by which to install: the five days are those of the form.
  'actions-connected': [
    '# Instruments connected to the Internet',
    '1. Back up the data.',
    '2. Download the patch and install it in each mode.',
    '3. Return the form, see {@reply}.',
  ].join('\n'),
  'actions-not-connected': [
    '# Instruments not connected to the Internet',
    '1. Ask technical support for another medium.',
    '2. Return the form immediately after installing.',
  ].join('\n'),
  'side-effects': '# What is different\n\nRemote access to the web interface is blocked.',
  compromise: '# Suspected break-in\n\nUnplug the network cable and call {contact.phone}.',
  'adverse-events': '# Adverse events\n\nReport them to MedWatch: {adverse-event.link}.',
  reply:
    '# Verification form\n\nReturn the signed form within {deadline.reply-days} working days to {contact.email}. Tick whether the patch is installed.',
  // A permanent fix is announced, without a date.
  'follow-up': '# Next steps\n\nA permanent software fix will follow, with a communication of its own.',
  'authority-informed': 'The competent authority has been informed.',
  // No local representative, no single registration number.
  contact: '# Contact\n\n{contact.phone}, {contact.email}\\\n{manufacturer.name}, {manufacturer.address}',
  signature: '| Signed by | Title |\n|---|---|\n| {signer.name} | {signer.title} |',
};

/** One language and one variant: the one for laboratories that use the instruments for diagnosis. */
export const paperNotice: NoticeDocument = noticeDocumentSchema.parse({
  layout: 'letter',
  sourceLanguage: 'en',
  dates: 'house',
  variants: {
    'dx-recall': { sections: Object.keys(en).filter((key) => !['title', 'subtitle', 'subject'].includes(key)) },
  },
  texts: { en },
});

/** What the rules look at when they are run on it. */
export const paperChecks: CheckFacts = {
  document: paperNotice,
  kind: 'new',
  facts: sampleNoticeFacts,
  action: {
    kind: 'security-patch',
    recallClass: 'II',
    regimes: ['IVDR', 'FDA'],
    vulnerabilities: (sampleNoticeFacts.groups.cve ?? []).map((row) => ({
      cve: String(row.id),
      affectedVersions: String(row.versions),
    })),
  },
  languages: { 'dx-recall': ['en'] },
};

/** What the checks find on the paper notice. */
export function checkPaperNotice(): Finding[] {
  return runChecks(paperChecks);
}
