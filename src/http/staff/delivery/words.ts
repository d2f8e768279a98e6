import type { DeliveryDetail } from '../../../app/queries/deliveries.ts';

/** What a letter is for. */
export const kindWords: Record<string, string> = {
  notice: 'Notice',
  reminder: 'Reminder',
  receipt: 'Receipt of a reply',
  'contact-check': 'Contact check',
  test: 'Test letter',
  'call-confirmation': 'Confirmation of a call',
  'download-code': 'Code for a download',
  'package-withdrawn': 'Withdrawal of a package',
  'kit-shipped': 'A kit is on its way',
};

export const channelWords: Record<DeliveryDetail['channel'], string> = {
  email: 'E-mail',
  post: 'Post',
  phone: 'Telephone',
};

/** What became of a try. */
export const attemptWords: Record<string, string> = {
  accepted: 'Taken by the mail server',
  later: 'Not taken for now',
  refused: 'Refused for good',
  unknown: 'No answer: it may have left',
  'bounced-hard': 'Came back: the address does not work',
  'bounced-soft': 'Came back for now',
  'bounced-policy': 'Came back: its server turned it away',
  'bounced-mailbox-full': 'Came back: the mailbox is full',
  delivered: 'Arrived, says its server',
  'return-withdrawn': 'Did not come back after all',
  posted: 'Put into the post',
  telephoned: 'Told by telephone',
};
