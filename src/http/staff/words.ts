/** Words the desk uses for kinds that are stored as codes. A code without a word shows itself with its dashes taken out. */

const taskWords: Record<string, string> = {
  bounce: 'bounced letters',
  'missing-address': 'contacts without an address',
  'no-contact': 'parties without a contact',
  'send-failed': 'letters that could not be sent',
  'unsure-delivery': 'letters that may have left twice or not at all',
  telephone: 'calls to make',
  contradiction: 'contradictions',
  'contact-change': 'contact changes',
  'unknown-unit': 'units nobody knew of',
  moved: 'units that moved',
  blocked: 'corrections that need help',
  support: 'requests for support',
  'suspected-compromise': 'suspected compromises',
  'mail-problem': 'mails that speak of a break-in or of harm',
  medium: 'requests for another medium',
  'passed-on': 'units passed on to others',
  'customer-list-refused': 'customer lists kept back',
  'webhook-failing': 'failing webhooks',
  'download-no-address': 'contacts who cannot be sent a code',
  'code-failed': 'installations that failed',
  'code-withdrawn': 'machines with a withdrawn package',
  'package-withdrawn': 'withdrawn packages',
  'trust-failing': 'failures to sign packages',
  'package-withdrawn-call': 'holders of a withdrawn package to call',
};

/** The kind of a task in the plural, as it stands behind a number. */
export function taskWord(kind: string): string {
  return taskWords[kind] ?? plain(kind);
}

const taskTitles: Record<string, string> = {
  bounce: 'A letter came back',
  'missing-address': 'A contact has no address',
  'no-contact': 'A party has no contact',
  'send-failed': 'A letter could not be sent',
  'unsure-delivery': 'It is not known whether letters left',
  telephone: 'Telephone a party that does not answer',
  contradiction: 'An answer contradicts itself or another',
  'contact-change': 'Somebody proposes another contact',
  'unknown-unit': 'A unit was reported that nobody knew of',
  moved: 'A unit moved to somebody else',
  blocked: 'A correction cannot be done without help',
  support: 'Somebody asks for help',
  'suspected-compromise': 'A suspected compromise',
  'mail-problem': 'A mail speaks of a break-in or of harm',
  medium: 'A laboratory without Internet needs another medium',
  'passed-on': 'A unit was passed on to somebody else',
  'customer-list-refused': 'A distributor keeps its customer list back',
  'webhook-failing': 'A webhook does not answer',
  'download-no-address': 'Somebody wants to download and has no e-mail address',
  'trust-failing': 'Packages cannot be signed: look at the signing keys',
  'code-failed': 'A verifier saw that a package is not rightly installed',
  'code-withdrawn': 'A withdrawn package was installed',
  'package-withdrawn': 'A package was withdrawn: see that everybody who has it knows',
  'package-withdrawn-call': 'Call somebody who has a withdrawn package',
};

/** What one task asks for. */
export function taskTitle(kind: string): string {
  return taskTitles[kind] ?? capital(plain(kind));
}

export const taskKinds = Object.entries(taskWords).map(([value, label]) => ({ value, label: capital(label) }));

const eventWords: Record<string, string> = {
  'action.create': 'action created',
  'action.change': 'description changed',
  'action.move': 'stage changed',
  'scope.apply': 'corrections created',
  'notice.approve': 'notice approved',
  'notice.release': 'notice released',
  'paper-form.make': 'form on paper made',
  'contact.files': 'size of letters changed',
  'mail-domain.files': 'size of letters changed for a domain',
  'notice.read-document': 'document read as the start of a notice',
  'notice.discard-document': 'document put away',
  'translation.export': 'file made for a translator',
  'translation.upload': 'translated file uploaded',
  'translation.apply': 'translated texts taken',
  'translation.discard': 'translated file put away',
  'translation.sign-off': 'language signed off',
  'translation.back-translation': 'back-translation attached',
  'delivery.sent': 'letter sent',
  'delivery.bounced': 'letter came back',
  'delivery.failed': 'letter could not be sent',
  'link.open': 'letter opened',
  'reply.send': 'reply received',
  'correction.change': 'correction changed',
  'import.upload': 'file uploaded',
  'import.start': 'import started',
  'import.apply': 'import applied',
  'import.discard': 'import discarded',
  'party.change': 'party changed',
  'site.change': 'site changed',
  'contact.change': 'contact changed',
  'product.change': 'product changed',
  'unit.change': 'unit changed',
  'task.open': 'task opened',
  'task.end': 'task ended',
  'task.own': 'task taken by somebody',
  'contact.add': 'contact added',
  'correction.set-right': 'correction set right',
  'unit.move': 'unit moved',
  'unit.scrap': 'unit scrapped',
  'unit.accept': 'unit taken into the field',
  'contact.propose-change': 'contact change proposed',
  'contact.apply-change': 'contact change applied',
  'contact.refuse-change': 'contact change refused',
  'contact.replace': 'contact replaced',
  'obligation.receive': 'receipt given',
  'obligation.complete': 'nothing owed any more',
  'obligation.reopen': 'something owed again',
  'deadline.meet': 'deadline met',
  'deadline.miss': 'deadline missed',
  'deadline.halt': 'deadline halted',
  'deadline.override': 'another day set for a deadline',
  'delivery.plan': 'letters planned',
  'delivery.redirect': 'letter sent another way',
  'delivery.unsure': 'letter in doubt',
  'confirmation.correct': 'evidence set right',
  'incident.report': 'incident reported',
  'message.keep': 'mail came in',
  'message.read': 'mail read and sorted',
  'message.decide': 'mail dealt with',
  'message.correct': 'mail sorted anew',
  'message.own': 'mail taken by somebody',
  'message.reopen': 'mail opened again',
  'message.read-attachments': 'attachments read',
  'contact.confirm-address': 'address confirmed by its holder',
  'reply.receipt': 'receipt sent',
  'delivery.delayed': 'letter is late',
  'delivery.delivered': 'letter arrived',
  'incident.clear': 'incident cleared',
  'incident.confirm': 'incident confirmed',
  'incident.examine': 'incident under examination',
  'package.add': 'package named',
  'package.change': 'package described',
  'package.upload-begin': 'upload begun',
  'package.upload': 'file of a package uploaded',
  'package.upload-fail': 'upload of a package failed',
  'package.upload-cancel': 'upload of a package given up',
  'package.sign': 'package signed',
  'package.release': 'package released',
  'package.withdraw': 'package withdrawn',
  'download.code': 'code for a download sent',
  'download.grant': 'download granted',
  'download.start': 'download begun',
  'download.finish': 'download finished',
  'download.stop': 'download stopped',
  'download.refuse': 'download refused',
  'download.permit': 'download permitted to a party',
  'download.forbid': 'permission to download taken back',
  'trust.found': 'signed repository founded',
  'trust.publish': 'signed metadata published',
  'trust.root': 'root published',
  'trust.root-draft': 'root made, waits for signatures',
  'trust.root-signed': 'root signed elsewhere',
  'trust.root-discard': 'root discarded',
  'trust.key': 'signing key made',
};

/** What happened, in words. */
export function eventWord(action: string): string {
  return eventWords[action] ?? plain(action);
}

/** A code as words: dashes, dots and underscores become spaces. */
export function plain(code: string): string {
  return code.replace(/[._-]/g, ' ').replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
