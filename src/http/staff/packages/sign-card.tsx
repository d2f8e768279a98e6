import type { VNode } from 'preact';
import type { PackageDetail } from '../../../app/queries/packages.ts';
import { type PackageRole, packageRoles } from '../../../domain/package.ts';
import { allows } from '../../../domain/permission.ts';
import type { C } from '../../context.ts';
import { Form, HiddenInput, SubmitButton } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card } from '../../ui/parts.tsx';
import { SignatureFields, type SignerMeans } from '../account/signature-fields.tsx';
import type { SignatureRow } from '../account/signatures-card.tsx';

const words = { quality: 'Quality', regulatory: 'Regulatory affairs' } as const;

/** The two signatures of a draft that has its file: the second releases it. */
export function SignCards(props: {
  c: C;
  row: PackageDetail;
  signatures: readonly SignatureRow[];
  form?: FormState | undefined;
  means: SignerMeans;
}): VNode | null {
  const { c, row, signatures, form, means } = props;
  if (row.state !== 'draft' || !row.hasFile) return null;
  const { actor } = c.get('ctx');
  const given = new Set(signatures.filter((one) => one.voided_at === null).map((one) => one.role));
  const open = (Object.keys(packageRoles) as PackageRole[]).filter((role) => !given.has(role));
  return (
    <div id="sign">
      {open.map((role) => (
        <Card key={role} title={`Release by ${words[role]}`} id={`sign-${role}`}>
          {allows(actor, `package.sign.${role}`) ? (
            <Form action={`/packages/${row.id}/sign`}>
              <HiddenInput name="as" value={role} />
              <HiddenInput name="contentHash" value={row.contentHash} />
              <SignatureFields
                form={form?.values.as === role ? form : undefined}
                means={means}
                meaning={packageRoles[role]}
                subjectKind="package"
                subjectId={row.id}
                contentHash={row.contentHash}
              />
              <SubmitButton>{open.length === 1 ? 'Sign and release' : 'Sign'}</SubmitButton>
            </Form>
          ) : (
            <p>Waits for somebody with the role {words[role]}.</p>
          )}
        </Card>
      ))}
    </div>
  );
}
