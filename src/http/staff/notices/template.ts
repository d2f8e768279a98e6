import type { NoticeDocument } from '../../../domain/notice.ts';
import { manufacturerActions, sections, userActions } from '../../../domain/notice-sections.ts';
import { layoutSections } from '../../../domain/notice-variants.ts';

/** What a new notice starts from: the sections of its layout with their headings, to be written under. */
export function emptyNotice(title: string, layout: NoticeDocument['layout'] = 'letter'): NoticeDocument {
  const keys = layoutSections(layout);
  const texts = sections
    .filter((section) => section.layout === layout && section.key !== 'update')
    .map((section) => [section.key, starts[section.key] ?? `# ${section.title}`] as const);
  return {
    layout,
    sourceLanguage: 'en',
    dates: 'language',
    variants: {
      'dx-recall': { sections: keys, overrides: {} },
      distributor: { sections: layout === 'letter' ? [...keys, 'distributor-duties'] : keys, overrides: {} },
    },
    texts: {
      en: {
        title: layout === 'ec' ? 'Urgent Field Safety Notice' : 'URGENT MEDICAL DEVICE RECALL',
        subject: `URGENT: ${title}`,
        ...Object.fromEntries(texts),
      },
    },
  };
}

const userActionWords: Record<(typeof userActions)[number], string> = {
  identify: 'Identify the device',
  quarantine: 'Quarantine the device',
  return: 'Return the device',
  destroy: 'Destroy the device',
  'on-site': 'On-site modification or inspection',
  'patient-management': 'Follow patient management recommendations',
  ifu: 'Take note of an amendment or reinforcement of the instructions for use',
  other: 'Other',
  none: 'None',
};
const manufacturerActionWords: Record<(typeof manufacturerActions)[number], string> = {
  removal: 'Product removal',
  'on-site': 'On-site modification or inspection',
  software: 'Software upgrade',
  'ifu-labelling': 'Change of the instructions for use or labelling',
  other: 'Other',
  none: 'None',
};

// A blank that does not break: the box stays in one piece at the end of a line.
const box = (words: string): string => `- (\u00a0) ${words}`;

/** What stands in a section from the start: facts where the field is one, boxes where it is a choice. */
const starts: Readonly<Record<string, string>> = {
  'ec-devices': '# Information on affected devices',
  'ec-reason': '# Reason for the field safety corrective action (FSCA)',
  'ec-actions': '# Type of action to mitigate the risk',
  'ec-general': '# General information',
  'ec-local-representative':
    '# Contact details of local representative\n\n{representative.name}\\\n{representative.address}\\\n{representative.email}, {representative.phone}',
  'ec-device-type': '# Device type(s)\n\n{product.kind}',
  'ec-commercial-name': '# Commercial name(s)\n\n{product.name}',
  'ec-udi-di':
    '# Unique device identifier(s) (UDI-DI)\n\n| Product | UDI-DI |\n|---|---|\n| {product.name} | {product.udi-di} |',
  'ec-catalogue-number':
    '# Device model, catalogue or part number(s)\n\n| Product | Catalogue number |\n|---|---|\n| {product.name} | {product.catalogue} |',
  'ec-software-version': '# Software version\n\n{product.software}',
  'ec-user-action': `# Action to be taken by the user\n\n${userActions.map((key) => box(userActionWords[key])).join('\n')}`,
  'ec-user-deadline':
    '# By when should the action be completed?\n\nWithin {deadline.reply-days} working days of receiving this notice.',
  'ec-reply':
    '# Is customer reply required?\n\nYes. Reply on your page, or ask for the form: {contact.phone}, {contact.email}.',
  'ec-manufacturer-action': `# Action being taken by the manufacturer\n\n${manufacturerActions
    .map((key) => box(manufacturerActionWords[key]))
    .join('\n')}`,
  'ec-type': '# FSN type\n\nNew',
  'ec-previous': '# Reference number and date of previous FSN\n\nNot applicable: this notice is new.',
  'ec-follow-up-date': '# Anticipated timescale for the follow-up\n\n{deadline.follow-up}',
  'ec-manufacturer':
    '# Manufacturer information\n\n{manufacturer.name}\\\n{manufacturer.address}\\\n{manufacturer.website}\\\nSRN {manufacturer.srn}',
  'ec-authority-informed':
    '# Competent authority\n\nThe competent (regulatory) authority of your country has been informed about this communication.',
  'ec-signature': '# Name and signature\n\n| Name | Title |\n|---|---|\n| {signer.name} | {signer.title} |',
  'ec-transmission': [
    '# Transmission of this field safety notice',
    '> Pass this notice on to all who need to be aware of it in your organisation, and to any organisation where affected devices have been transferred.',
    '>',
    '> Keep it in mind for an appropriate period, so that the corrective action is effective.',
    '>',
    '> Report all device-related incidents to the manufacturer, distributor or local representative, and to the competent authority of your country.',
  ].join('\n'),
};
