// Passkeys: the one thing that cannot work without JavaScript. Everything here has another way beside it.
(() => {
  const webauthn = window.SimpleWebAuthnBrowser;
  if (!webauthn || !window.PublicKeyCredential) return;

  function ask(path, body) {
    return fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body || {}),
      credentials: 'same-origin',
    }).then((answer) => {
      return answer.json().then((result) => {
        if (!answer.ok) throw new Error(result.problem || result.detail || 'The server did not accept this passkey.');
        return result;
      });
    });
  }

  /** Shows the button of a place and says beside it what went wrong. */
  function offer(place, act) {
    place.hidden = false;
    const button = place.querySelector('button');
    const message = document.createElement('span');
    message.setAttribute('role', 'status');
    place.appendChild(message);
    button.addEventListener('click', () => {
      message.textContent = '';
      button.disabled = true;
      act()
        .catch((error) => {
          message.textContent =
            error.name === 'NotAllowedError' ? ' It was cancelled, or took too long.' : ` ${error.message}`;
        })
        .finally(() => {
          button.disabled = false;
        });
    });
  }

  document.querySelectorAll('[data-passkey-sign-in]').forEach((place) => {
    offer(place, () => {
      return ask('/sign-in/passkey/options')
        .then((options) => {
          return webauthn.startAuthentication({ optionsJSON: options });
        })
        .then((response) => {
          return ask('/sign-in/passkey', { response: response });
        })
        .then(() => {
          location.assign(place.getAttribute('data-passkey-sign-in'));
        });
    });
  });

  document.querySelectorAll('[data-passkey-add]').forEach((place) => {
    offer(place, () => {
      return ask('/account/passkeys/options')
        .then((options) => {
          return webauthn.startRegistration({ optionsJSON: options });
        })
        .then((response) => {
          const agent = navigator.userAgentData;
          return ask('/account/passkeys', {
            response: response,
            name: agent?.platform || navigator.platform,
          });
        })
        .then((result) => {
          location.assign(result.next);
        });
    });
  });

  document.querySelectorAll('[data-passkey-sign]').forEach((place) => {
    offer(place, () => {
      const challenge = place.getAttribute('data-passkey-sign');
      return webauthn
        .startAuthentication({
          optionsJSON: {
            challenge: challenge,
            rpId: location.hostname,
            allowCredentials: place
              .getAttribute('data-passkey-ids')
              .split(' ')
              .map((id) => {
                return { id: id, type: 'public-key' };
              }),
            userVerification: 'required',
          },
        })
        .then((response) => {
          const form = place.closest('form');
          place.querySelector('input[name=passkey]').value = JSON.stringify(response);
          place.querySelector('input[name=challenge]').value = challenge;
          // Through the form's own button where it has one, so that its name and value go along.
          const submit = form.querySelector('button[type=submit]');
          if (form.requestSubmit) form.requestSubmit(submit || undefined);
          else form.submit();
        });
    });
  });
})();
