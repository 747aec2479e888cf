import { currentAttribution, onBehalfOf } from 'onbehalf'

/** Works on in a function that never settles, while garbage is collected; and says whom it works for. */
onBehalfOf({ principal: 'kai@contoso.com' }, async () => {
  setTimeout(() => {
    global.gc()
    setTimeout(() => console.log(currentAttribution()?.principal?.id), 1)
  }, 10)
  await new Promise(() => {})
})
