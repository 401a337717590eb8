"""The uplift desk: a company asks once for higher prices, the hub negotiates for every borough that buys on its lots,
and the figure that both agree on is applied to every price list from its day.
"""
