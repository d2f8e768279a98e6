import type { VNode } from 'preact';
import { Card, KeyValue, More } from '../../ui/parts.tsx';
import type { Choices } from './correct-form.tsx';
import type { Message } from './message.tsx';
import { failureWords, kindWords, matchWords } from './words.ts';

/** What the message is taken for, how sure that is, and each header, code and word that led to it. */
export function Guess({ message, choices }: { message: Message; choices: Choices }): VNode {
  const { kind, failure, confidence, guess } = message;
  return (
    <Card title="What we take it for">
      {kind === null ? (
        <p>It was not read yet. The post room does so within a minute.</p>
      ) : (
        <>
          <p class="ff-guess">
            <strong>
              {kindWords[kind]}
              {failure ? `: ${failureWords[failure]}` : ''}
            </strong>{' '}
            <span class="ff-muted">{confidence === 100 ? 'said by a person' : `${confidence} % sure`}</span>
          </p>
          <KeyValue
            rows={[
              message.party_id === null
                ? { label: 'Party', value: 'not known' }
                : { label: 'Party', value: choices.party ?? '', href: `/parties/${message.party_id}` },
              message.contact_id !== null && {
                label: 'Contact',
                value: choices.contacts.find((one) => one.id === message.contact_id)?.name ?? `${message.contact_id}`,
                href: `/contacts/${message.contact_id}`,
              },
              message.action_id !== null && {
                label: 'Action',
                value: choices.actions.find((one) => one.id === message.action_id)?.reference ?? '',
                href: `/actions/${message.action_id}`,
              },
              message.delivery_id !== null && {
                label: 'Letter',
                value: `Delivery ${message.delivery_id}`,
                href: `/deliveries/${message.delivery_id}`,
              },
              message.matched_by !== '' && { label: 'Found', value: matchWords[message.matched_by] },
              message.automatic && { label: 'Written by', value: 'a machine: it is never answered' },
            ]}
          />
          {guess.reasons && guess.reasons.length > 0 ? (
            <More summary="What led to it" open={message.state === 'waiting'}>
              <ul class="ff-reasons">
                {guess.reasons.map((reason, index) => (
                  <li key={index}>
                    <q>{reason.text}</q> <span class="ff-muted">{reason.says}</span>
                  </li>
                ))}
              </ul>
            </More>
          ) : null}
        </>
      )}
    </Card>
  );
}
