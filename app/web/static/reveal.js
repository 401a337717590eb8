// Shows what is asked only after one answer of several, under that answer. Without scripts it always shows.
const boxes = document.querySelectorAll('input[data-reveals]')

const show = () => boxes.forEach((box) => {
  const below = document.getElementById(box.dataset.reveals)
  below.classList.toggle('govuk-radios__conditional--hidden', !box.checked)
})

document.addEventListener('change', show)
document.addEventListener('click', show)
window.addEventListener('pageshow', show)
show()
