import type { PaperReason } from '../../../app/paper-reasons.ts';

/** Why a form waits, as the desk says it. */
export const reasonWords: Record<PaperReason, string> = {
  'no-code': 'None of our codes is on it: say whose it is.',
  'code-altered': 'Its code was changed or misread: say whose it is.',
  'form-unknown': 'Its code is ours, but the form is not kept here.',
  'other-action': 'It is a form of another action than the one it was sent for.',
  'other-party': 'It is a form of another party than the one that sent it.',
  'not-placed': 'A page could not be laid over the form: its corner marks are cut off or covered.',
  'pages-missing': 'Pages are missing.',
  'units-changed': 'The form or its units have changed since it was printed.',
  doubtful: 'Some boxes are doubtful.',
  handwriting: 'What is written by hand has to be typed.',
  incomplete: 'Answers are missing or cannot be read.',
  contradictions: 'Its answers contradict each other.',
  'answered-before': 'This very form was taken before.',
  'not-owed': 'This party does not owe this action an answer.',
  notes: 'Somebody wrote on it beside its fields: read the pages.',
  unreadable:
    'The file could not be read here. Open the original, say whose it is, and type what it says; or put it aside.',
};

export const wayWords: Record<string, string> = {
  upload: 'uploaded at the desk',
  portal: 'sent through the portal',
  mail: 'sent by mail',
  api: 'handed in by a program',
};
