import type { VNode } from 'preact';
import { type ApprovalRole, approvalRoles } from '../../../app/notices.ts';
import { allows } from '../../../domain/permission.ts';
import type { C } from '../../context.ts';
import { Form, HiddenInput, SubmitButton } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card } from '../../ui/parts.tsx';
import { SignatureFields, type signerMeans } from '../account/signature-fields.tsx';
import type { SignatureRow } from '../account/signatures-card.tsx';
import type { NoticeRow } from './find.ts';

type ApprovalProps = {
  c: C;
  notice: NoticeRow;
  signatures: readonly Pick<SignatureRow, 'role' | 'voided_at'>[];
  form: FormState;
  means: Awaited<ReturnType<typeof signerMeans>>;
};

const words: Record<ApprovalRole, string> = { quality: 'Quality', regulatory: 'Regulatory affairs' };

/** The approvals that are still missing, each with its signature for who may give it. */
export function Approvals({ c, notice, signatures, form, means }: ApprovalProps): VNode {
  const actor = c.get('ctx').actor;
  const given = new Set(
    signatures.filter((signature) => signature.voided_at === null).map((signature) => signature.role),
  );
  return (
    <>
      {(Object.keys(approvalRoles) as ApprovalRole[])
        .filter((role) => !given.has(role))
        .map((role) => (
          <Card key={role} title={`Approval by ${words[role]}`} id={`approve-${role}`}>
            {allows(actor, `notice.approve.${role}`) ? (
              <Form action={`/notices/${notice.id}/approve`}>
                <p>
                  Read every variant and language first: <a href={`/notices/${notice.id}/sheet`}>all languages</a>,{' '}
                  <a href={`/notices/${notice.id}/preview`}>preview</a>.
                </p>
                <HiddenInput name="as" value={role} />
                <HiddenInput name="contentHash" value={notice.content_hash} />
                <SignatureFields
                  form={form.values.as === role ? form : undefined}
                  means={means}
                  meaning={approvalRoles[role]}
                  subjectKind="notice"
                  subjectId={notice.id}
                  contentHash={notice.content_hash}
                />
                <SubmitButton tone="primary">Sign and approve</SubmitButton>
              </Form>
            ) : (
              <p>Waits for somebody with the role {words[role]}.</p>
            )}
          </Card>
        ))}
    </>
  );
}
