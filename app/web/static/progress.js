// Long work: looks every second how far it is, and goes where it leads once it is done. Without scripts there is a link.
(function () {
  var place = document.querySelector('[data-progress]');
  if (!place || !window.fetch || !window.DOMParser) return;
  var address = place.getAttribute('data-progress');
  var tries = 0;
  function look() {
    fetch(address, { credentials: 'same-origin' }).then(function (answer) {
      if (answer.redirected && answer.url.indexOf(address) < 0) { window.location.assign(answer.url); return; }
      return answer.text().then(function (text) {
        var next = new DOMParser().parseFromString(text, 'text/html').getElementById('progress');
        if (!next) return;
        if (next.innerHTML !== place.innerHTML) place.innerHTML = next.innerHTML;
        if (next.hasAttribute('data-progress')) { tries = 0; setTimeout(look, 1000); }
      });
    }).catch(function () { tries += 1; if (tries < 30) setTimeout(look, 3000); });
  }
  setTimeout(look, 700);
})();
