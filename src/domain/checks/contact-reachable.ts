import { factsOf, noticeLanguages } from '../notice.ts';
import { printFact } from '../notice-facts.ts';
import { type Check, type Found, textsOf, writtenAudiences } from './check.ts';

/** Somebody can be called: a number with its country code, and an address that is one. */
export const contactReachable: Check = {
  rule: 'contact-reachable',
  citation: 'EC field safety notice template, contact details of local representative',
  severity: 'blocking',
  text: '{fault} Fill it in on the page Description and name it in the section “Contact”.',
  find: ({ document, facts }) => {
    const found: Found[] = [];
    const phone = printFact(facts, 'contact.phone', 'en')?.text;
    const email = printFact(facts, 'contact.email', 'en')?.text;
    if (phone === undefined || !/^\+[1-9][\d\s().-]{4,24}$/.test(phone)) {
      const fault =
        phone === undefined
          ? 'There is no telephone number.'
          : `${phone} is not a number with its country code, such as +1 555 0100.`;
      found.push({ where: 'contact.phone', params: { fault } });
    }
    if (email === undefined || !/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(email)) {
      const fault = email === undefined ? 'There is no e-mail address.' : `${email} is not an e-mail address.`;
      found.push({ where: 'contact.email', params: { fault } });
    }
    for (const audience of writtenAudiences(document)) {
      for (const language of noticeLanguages(document, audience)) {
        const named = textsOf(document, audience, language).flatMap((one) => factsOf(one.text));
        if (!named.includes('contact.phone')) {
          found.push({ where: `${audience}, ${language}`, params: { fault: 'The notice names no telephone number.' } });
        }
      }
    }
    return found;
  },
};
