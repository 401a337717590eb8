// Every page works without this. It wakes the GOV.UK components and adds what only a script can.
// The page names the components' file, because its address changes with its content.
const { components } = document.querySelector('script[data-components]').dataset

import(components).then(({ initAll }) => initAll())
