// Passkeys: the one thing that cannot work without JavaScript. Everything here has another way beside it.
(function () {
  'use strict';
  var webauthn = window.SimpleWebAuthnBrowser;
  if (!webauthn || !window.PublicKeyCredential) return;

  function ask(path, body) {
    return fetch('/auth/passkey/' + path, {
      method: body ? 'POST' : 'GET',
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : undefined,
      credentials: 'same-origin',
    }).then(function (answer) {
      if (!answer.ok) throw new Error('The server did not accept this passkey.');
      return answer.json();
    });
  }

  /** Shows the button of `place` and says what went wrong beside it. */
  function offer(place, act) {
    place.hidden = false;
    var button = place.querySelector('button');
    var message = document.createElement('span');
    message.setAttribute('role', 'status');
    place.appendChild(message);
    button.addEventListener('click', function () {
      message.textContent = '';
      button.disabled = true;
      act()
        .catch(function (error) {
          message.textContent = error.name === 'NotAllowedError' ? ' It was cancelled.' : ' ' + error.message;
        })
        .finally(function () {
          button.disabled = false;
        });
    });
  }

  document.querySelectorAll('[data-passkey-sign-in]').forEach(function (place) {
    offer(place, function () {
      return ask('generate-authenticate-options')
        .then(function (options) {
          return webauthn.startAuthentication({ optionsJSON: options });
        })
        .then(function (response) {
          return ask('verify-authentication', { response: response });
        })
        .then(function () {
          location.assign(place.getAttribute('data-passkey-sign-in'));
        });
    });
  });

  document.querySelectorAll('[data-passkey-add]').forEach(function (place) {
    offer(place, function () {
      return ask('generate-register-options')
        .then(function (options) {
          return webauthn.startRegistration({ optionsJSON: options });
        })
        .then(function (response) {
          return ask('verify-registration', { response: response, name: navigator.platform || 'Passkey' });
        })
        .then(function () {
          location.assign('/account');
        });
    });
  });

  document.querySelectorAll('[data-passkey-sign]').forEach(function (place) {
    offer(place, function () {
      var ids = place.getAttribute('data-passkey-ids').split(' ');
      return webauthn
        .startAuthentication({
          optionsJSON: {
            challenge: place.getAttribute('data-passkey-sign'),
            rpId: location.hostname,
            allowCredentials: ids.map(function (id) {
              return { id: id, type: 'public-key' };
            }),
            userVerification: 'required',
          },
        })
        .then(function (response) {
          place.querySelector('input[name=passkey]').value = JSON.stringify(response);
          place.closest('form').submit();
        });
    });
  });
})();
