import { createOTP } from '@better-auth/utils/otp';
import { passkey } from '@better-auth/passkey';
import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import { betterAuth } from 'better-auth';
import { symmetricDecrypt, verifyPassword } from 'better-auth/crypto';
import { genericOAuth, twoFactor } from 'better-auth/plugins';
import type { Kysely } from 'kysely';
import type { Schema } from '../db/schema.ts';

/** How the sign-in library checks what is stored; adapters/auth.ts has the real one. */
export interface CredentialChecker {
  passwordMatches(hash: string, password: string): Promise<boolean>;
  /** The stored secret is encrypted; a code is right for the moment given and one step either side. */
  codeMatches(encryptedSecret: string, code: string, at: Date): Promise<boolean>;
  /** Checks a WebAuthn assertion against a stored public key and the challenge it must answer. */
  passkeyMatches(
    key: { publicKey: string; credentialId: string; counter: number },
    assertion: string,
    challenge: string,
  ): Promise<{ counter: number } | undefined>;
}

export interface AuthOptions {
  db: Kysely<Schema>;
  publicUrl: string;
  secret: Buffer;
  oidc?: { issuer: string; clientId: string; clientSecret: string } | undefined;
}

/** A session ends this long after sign-in; after half of it without a request it is not prolonged. */
const SESSION_SECONDS = 12 * 60 * 60;
export const SHORTEST_PASSWORD = 12;

/**
 * The sign-in library on our database and under our table names. It keeps passwords (scrypt), one-time codes (TOTP),
 * passkeys, sessions and single sign-on; pages and limits are ours (http/staff/account). It reaches nothing outside.
 */
export function makeAuth(options: AuthOptions) {
  const secret = options.secret.toString('hex');
  // The host name is part of each passkey's identity: changing PUBLIC_URL means enrolling them again.
  const { hostname } = new URL(options.publicUrl);
  const stamps = { createdAt: 'created_at', updatedAt: 'updated_at' };
  return betterAuth({
    appName: 'Fieldfix',
    baseURL: options.publicUrl,
    basePath: '/auth',
    secret,
    database: { db: options.db as never, type: 'postgres' },
    telemetry: { enabled: false },
    // Attempts are limited by app/credentials.ts, which also says how long to wait.
    rateLimit: { enabled: false },
    logger: { disabled: true },
    trustedOrigins: [options.publicUrl],
    emailAndPassword: { enabled: true, disableSignUp: false, minPasswordLength: SHORTEST_PASSWORD, autoSignIn: false },
    user: {
      modelName: 'staff',
      fields: { emailVerified: 'email_verified', ...stamps },
      additionalFields: {
        role: { type: 'string', required: false, input: false, defaultValue: 'viewer' },
        totpExempt: { type: 'boolean', required: false, input: false, fieldName: 'totp_exempt', defaultValue: false },
        disabledAt: { type: 'date', required: false, input: false, fieldName: 'disabled_at' },
      },
    },
    session: {
      modelName: 'staff_session',
      expiresIn: SESSION_SECONDS,
      updateAge: SESSION_SECONDS / 2,
      fields: { expiresAt: 'expires_at', ipAddress: 'ip_address', userAgent: 'user_agent', userId: 'user_id', ...stamps },
    },
    account: {
      modelName: 'staff_account',
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...stamps,
      },
      // A single sign-on account belongs to the person an administrator invited under that address.
      accountLinking: { enabled: true, trustedProviders: ['oidc'] },
    },
    verification: { modelName: 'staff_verification', fields: { expiresAt: 'expires_at', ...stamps } },
    advanced: {
      cookiePrefix: 'fieldfix',
      useSecureCookies: options.publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' },
    },
    plugins: [
      twoFactor({
        issuer: 'Fieldfix',
        schema: {
          user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          twoFactor: {
            modelName: 'staff_two_factor',
            fields: {
              backupCodes: 'backup_codes',
              userId: 'user_id',
              failedVerificationCount: 'failed_verification_count',
              lockedUntil: 'locked_until',
            },
          },
        },
      }),
      passkey({
        rpID: hostname,
        rpName: 'Fieldfix',
        origin: options.publicUrl,
        schema: {
          passkey: {
            modelName: 'staff_passkey',
            fields: {
              publicKey: 'public_key',
              userId: 'user_id',
              credentialID: 'credential_id',
              deviceType: 'device_type',
              backedUp: 'backed_up',
              createdAt: 'created_at',
            },
          },
        },
      }),
      ...(options.oidc
        ? [
            genericOAuth({
              config: [
                {
                  providerId: 'oidc',
                  clientId: options.oidc.clientId,
                  clientSecret: options.oidc.clientSecret,
                  discoveryUrl: `${options.oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
                  scopes: ['openid', 'email', 'profile'],
                  pkce: true,
                  // Nobody becomes staff by having an account elsewhere: an administrator invites first.
                  disableImplicitSignUp: true,
                  disableSignUp: true,
                },
              ],
            }),
          ]
        : []),
    ],
  });
}

export type Auth = ReturnType<typeof makeAuth>;

/** Checks credentials for signatures the way the sign-in library stores them. */
export function storedCredentials(options: Pick<AuthOptions, 'publicUrl' | 'secret'>): CredentialChecker {
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
        const response = JSON.parse(assertion);
        if (response.id !== key.credentialId) return undefined;
        const result = await verifyAuthenticationResponse({
          response,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: hostname,
          credential: { id: key.credentialId, publicKey: new Uint8Array(Buffer.from(key.publicKey, 'base64')), counter: key.counter },
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
