import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import type { ReplyDetail } from '../../../app/queries/replies.ts';
import { sendReceipt } from '../../../app/receipts.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, idParam, seeOther } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { Form, SubmitButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { Card } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';

/** The receipts of a reply that were sent. */
export async function loadReceipts(db: Context['db'], replyId: number) {
  return db
    .selectFrom('delivery')
    .select(['id', 'address', 'state'])
    .where('purpose', 'in', [`receipt:${replyId}`, `call-confirmation:${replyId}`])
    .orderBy('id')
    .execute();
}

/** What went back to whoever answered: the receipts, and the button that sends one. */
export function ReceiptCard({
  reply,
  receipts,
}: {
  reply: Pick<ReplyDetail, 'id' | 'door' | 'contact'>;
  receipts: Awaited<ReturnType<typeof loadReceipts>>;
}): VNode {
  return (
    <Card title={reply.door === 'telephone' ? 'Confirmed in writing' : 'Receipt'}>
      {receipts.length > 0 ? (
        <ul class="ff-plain-list">
          {receipts.map((receipt) => (
            <li key={receipt.id}>
              <a href={`/deliveries/${receipt.id}`}>{receipt.address}</a>{' '}
              <StateBadge kind="delivery" state={receipt.state} />
            </li>
          ))}
        </ul>
      ) : reply.contact === null ? (
        <p>This reply names no contact, so there is nobody to send a receipt to.</p>
      ) : (
        <>
          <p>Mails {reply.contact} what was read, unit by unit, in their language, with a link to mend it.</p>
          <Form action={`/replies/${reply.id}/receipt`}>
            <SubmitButton tone="secondary" icon="send">
              {reply.door === 'telephone' ? 'Confirm in writing' : 'Send a receipt'}
            </SubmitButton>
          </Form>
        </>
      )}
    </Card>
  );
}

/** POST /replies/:id/receipt */
export async function postReceipt(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const result = await sendReceipt(c.get('ctx'), id, {});
  if (isRefusal(result)) return answerRefusal(c, result, `/replies/${id}`);
  setFlash(c, { tone: 'done', text: 'The receipt is on its way.' });
  return seeOther(c, `/replies/${id}`);
}
