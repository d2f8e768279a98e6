/** Signs messages by DKIM (RFC 6376), so that a receiver knows that our domain sent them and nobody changed them. */
import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';

export interface DkimSettings {
  /** The domain that answers for the message, e.g. `maker.example`. */
  domain: string;
  /** The public key stands at `<selector>._domainkey.<domain>`. */
  selector: string;
  /** RSA private key, PEM. */
  key: string;
}

/** @returns what puts a signature before a message's RFC 5322 bytes */
export function dkimSigner({ domain, selector, key }: DkimSettings): (raw: Buffer) => Promise<Buffer> {
  const signer = new DKIM({ domainName: domain, keySelector: selector, privateKey: key });
  return (raw) => buffer(signer.sign(raw));
}
