import { createOTP } from '@better-auth/utils/otp';
import { type AuthenticationResponseJSON, verifyAuthenticationResponse } from '@simplewebauthn/server';
import { symmetricDecrypt, verifyPassword } from 'better-auth/crypto';

/** Checks passwords, one-time codes and passkeys against what the sign-in library stored, for signing again. */
export interface CredentialChecker {
  passwordMatches(hash: string, password: string): Promise<boolean>;
  /** The stored secret is encrypted; a code is right now and half a minute either side. */
  codeMatches(encryptedSecret: string, code: string): Promise<boolean>;
  /** Checks a WebAuthn assertion against a stored public key and the challenge it must answer. */
  passkeyMatches(
    key: { publicKey: string; credentialId: string; counter: number },
    assertion: string,
    challenge: string,
  ): Promise<{ counter: number } | undefined>;
}

/** Checks credentials for signatures the way the sign-in library stores them. */
export function storedCredentials(options: { publicUrl: string; secret: Buffer }): CredentialChecker {
  const secret = options.secret.toString('hex');
  const { hostname, origin } = new URL(options.publicUrl);
  return {
    passwordMatches: (hash, password) => verifyPassword({ hash, password }),
    async codeMatches(encryptedSecret, code) {
      const plain = await symmetricDecrypt({ key: secret, data: encryptedSecret });
      return createOTP(plain, { period: 30, digits: 6 }).verify(code.replace(/\s/g, ''));
    },
    async passkeyMatches(key, assertion, challenge) {
      try {
        const response = JSON.parse(assertion) as AuthenticationResponseJSON;
        if (response.id !== key.credentialId) return undefined;
        const result = await verifyAuthenticationResponse({
          response,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: hostname,
          credential: {
            id: key.credentialId,
            publicKey: new Uint8Array(Buffer.from(key.publicKey, 'base64')),
            counter: key.counter,
          },
          requireUserVerification: true,
        });
        return result.verified ? { counter: result.authenticationInfo.newCounter } : undefined;
      } catch {
        // What is no answer of a passkey is a wrong one.
        return undefined;
      }
    },
  };
}
