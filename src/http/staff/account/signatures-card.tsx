import type { VNode } from 'preact';
import { Alert, Card } from '../../ui/parts.tsx';
import { Moment } from '../../ui/time.tsx';

/** A signature as it is shown: who, as what, when and what it means; and why it fell, if it did. */
export interface SignatureRow {
  id: number;
  staff_name: string;
  role: string;
  meaning: string;
  signed_at: Date;
  voided_at: Date | null;
  voided_reason: string;
}

/** Every signature given, those that fell too. */
export function SignaturesCard({ signatures }: { signatures: readonly SignatureRow[] }): VNode {
  return (
    <Card title="Signatures">
      {signatures.length === 0 ? <p>Nobody has signed yet.</p> : null}
      <ul class="ff-plain-list">
        {signatures.map((signature) => (
          <li key={signature.id}>
            <strong>{signature.staff_name}</strong>, {signature.role}, <Moment at={signature.signed_at} zoned />
            <br />“{signature.meaning}”
            {signature.voided_at ? (
              <Alert tone="attention" title="Void">
                {signature.voided_reason}
              </Alert>
            ) : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}
