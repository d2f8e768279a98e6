// Passkeys: the one thing that cannot work without JavaScript. Everything here has another way beside it.
(function () {
  'use strict';
  var webauthn = window.SimpleWebAuthnBrowser;
  if (!webauthn || !window.PublicKeyCredential) return;

  function ask(path, body) {
    return fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body || {}),
      credentials: 'same-origin',
    }).then(function (answer) {
      return answer.json().then(function (result) {
        if (!answer.ok) throw new Error(result.problem || result.detail || 'The server did not accept this passkey.');
        return result;
      });
    });
  }

  /** Shows the button of a place and says beside it what went wrong. */
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
          message.textContent = error.name === 'NotAllowedError' ? ' It was cancelled, or took too long.' : ' ' + error.message;
        })
        .finally(function () {
          button.disabled = false;
        });
    });
  }

  document.querySelectorAll('[data-passkey-sign-in]').forEach(function (place) {
    offer(place, function () {
      return ask('/sign-in/passkey/options')
        .then(function (options) {
          return webauthn.startAuthentication({ optionsJSON: options });
        })
        .then(function (response) {
          return ask('/sign-in/passkey', { response: response });
        })
        .then(function () {
          location.assign(place.getAttribute('data-passkey-sign-in'));
        });
    });
  });

  document.querySelectorAll('[data-passkey-add]').forEach(function (place) {
    offer(place, function () {
      return ask('/account/passkeys/options')
        .then(function (options) {
          return webauthn.startRegistration({ optionsJSON: options });
        })
        .then(function (response) {
          var agent = navigator.userAgentData;
          return ask('/account/passkeys', { response: response, name: (agent && agent.platform) || navigator.platform });
        })
        .then(function (result) {
          location.assign(result.next);
        });
    });
  });

  document.querySelectorAll('[data-passkey-sign]').forEach(function (place) {
    offer(place, function () {
      var challenge = place.getAttribute('data-passkey-sign');
      return webauthn
        .startAuthentication({
          optionsJSON: {
            challenge: challenge,
            rpId: location.hostname,
            allowCredentials: place
              .getAttribute('data-passkey-ids')
              .split(' ')
              .map(function (id) {
                return { id: id, type: 'public-key' };
              }),
            userVerification: 'required',
          },
        })
        .then(function (response) {
          var form = place.closest('form');
          place.querySelector('input[name=passkey]').value = JSON.stringify(response);
          place.querySelector('input[name=challenge]').value = challenge;
          // Through the form's own button where it has one, so that its name and value go along.
          var submit = form.querySelector('button[type=submit]');
          if (form.requestSubmit) form.requestSubmit(submit || undefined);
          else form.submit();
        });
    });
  });
})();
