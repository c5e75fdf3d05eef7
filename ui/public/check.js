// Says so where the browser lacks what the portal is built on, instead of showing an empty page. Written for such browsers:
// nothing newer than ECMAScript 5. What is asked for came to Chrome 111, Safari 16.4 and Firefox 128 or before.
(function () {
  var root = document.documentElement;
  var supports = window.CSS && CSS.supports;
  var good =
    'noModule' in document.createElement('script') &&
    typeof structuredClone === 'function' &&
    typeof Array.prototype.findLastIndex === 'function' &&
    typeof Intl === 'object' &&
    typeof Intl.Segmenter === 'function' &&
    supports &&
    CSS.supports('color', 'color-mix(in srgb, red, blue)') &&
    'CSSPropertyRule' in window;
  if (good) return;
  root.setAttribute('data-too-old', '');
  var words = document.getElementById('too-old');
  if (words) words.removeAttribute('hidden');
})();
