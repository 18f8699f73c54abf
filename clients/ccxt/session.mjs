// The session of ccxt for JavaScript against a served exchange: `run js` starts both.
//
// Reads SIMEXCHANGE_READY, the file `simexchange serve --ready-file` wrote, and CCXT_FROM, a folder from where node
// finds ccxt. Prints a line for each thing that held, and ends at the first that did not.

import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';

const ccxt = createRequire(process.env.CCXT_FROM)('ccxt');
const ready = JSON.parse(readFileSync(process.env.SIMEXCHANGE_READY));
const paths = JSON.parse(readFileSync(new URL('addresses.json', import.meta.url)));

const NAME = 'alice';
const WITHIN = 30_000;
const HOUR = 3_600_000;
const PRODUCTS = {
    binance: { symbol: 'BTC/USDT', amount: 0.01, push: 0.5, wallet: 'spot' },
    binanceusdm: { symbol: 'BTC/USDT:USDT', amount: 0.02, push: 2, wallet: 'usdm', coin: 'USDT', margin: 50 },
    binancecoinm: { symbol: 'BTC/USD:BTC', amount: 10, push: 1000, wallet: 'coinm', coin: 'BTC', margin: 1 },
};

const shown = (sentence) => console.log('ok  ', sentence);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function same (what, got, expected) {
    deepStrictEqual(got, expected, `${what}: ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
}

function holds (what, truth) {
    same(what, Boolean(truth), true);
}

async function refused (what, call, kind) {
    try {
        await call();
    } catch (error) {
        return same(what, error.constructor.name, kind);
    }
    throw new Error(`${what}: was not refused`);
}

async function eventually (what, ask) {
    for (const until = Date.now() + WITHIN; Date.now() < until; await pause(50)) {
        const answer = await ask();
        if (answer) return answer;
    }
    throw new Error(`${what}: not within ${WITHIN} ms`);
}

// Connections go through here, so that they can be cut from outside, without a goodbye.
class Relay {
    constructor () {
        this.open = new Set();
        this.count = 0;
        const { hostname, port } = new URL(ready.url);
        this.server = createServer((near) => {
            this.count += 1;
            const far = connect(port, hostname);
            for (const [from, to] of [[near, far], [far, near]]) {
                this.open.add(from);
                from.on('error', () => to.destroy());
                from.on('close', () => { this.open.delete(from); to.destroy(); });
                from.pipe(to);
            }
        });
    }

    async listen () {
        await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
        this.url = `ws://127.0.0.1:${this.server.address().port}`;
        return this;
    }

    cut () {
        for (const socket of this.open) socket.resetAndDestroy();
    }

    close () {
        this.server.close();
        this.cut();
    }
}

function keys (name) {
    const { api_key: apiKey, api_secret: secret } = ready.accounts.find((row) => row.name === name);
    return { apiKey, secret };
}

function settings (name, sockets = ready.ws_url) {
    const at = (base, table) => Object.fromEntries(Object.entries(table).map(([key, path]) => [key, base + path]));
    const api = { ...at(ready.url, paths.rest), ws: { ...at(sockets, paths.streams), 'ws-api': at(sockets, paths['ws-api']) } };
    return { ...keys(name), urls: { api, test: api, demo: api }, enableRateLimit: false };
}

async function ledger (wallet) {
    const reply = await fetch(`${ready.url}/sim/v1/accounts`, { headers: { Authorization: `Bearer ${ready.control_token}` } });
    const { accounts } = await reply.json();
    const { balances } = accounts.find((row) => row.name === NAME);
    const rows = balances.filter((row) => row.wallet === wallet && (Number(row.free) || Number(row.held)));
    return Object.fromEntries(rows.map((row) => [row.asset, [Number(row.free), Number(row.held)]]));
}

class Tale {
    constructor (client, mover) {
        const { symbol, amount, wallet, coin, margin } = PRODUCTS[client.id];
        Object.assign(this, { symbol, amount, wallet, coin, margin, client, mover });
        this.contracts = client.id !== 'binance';
    }

    order (type, side, amount = this.amount, price = undefined, params = {}) {
        return this.client.createOrder(this.symbol, type, side, amount, price, params);
    }

    seen (made, params = {}) {
        return this.client.fetchOrder(made.id, this.symbol, params);
    }

    async openIds (params = {}) {
        return (await this.client.fetchOpenOrders(this.symbol, undefined, undefined, params)).map((row) => row.id).sort();
    }

    async price (percent) {
        const { last } = await this.client.fetchTicker(this.symbol);
        return Number(this.client.priceToPrecision(this.symbol, last * (1 + percent / 100)));
    }

    async push (side, until) {
        for (let n = 0; n < 80; n += 1) {
            await this.mover.createOrder(this.symbol, 'market', side, PRODUCTS[this.client.id].push);
            const answer = await until();
            if (answer) return answer;
            await pause(50);
        }
        throw new Error(`${this.symbol} did not go where it was pushed`);
    }

    async marketData () {
        const { client, symbol } = this;
        const book = await client.fetchOrderBook(symbol, 100);
        holds('a book', book.bids[0][0] < book.asks[0][0]);
        holds('a ticker', (await client.fetchTicker(symbol)).last > 0);
        holds('tickers', symbol in await client.fetchTickers([symbol]));
        holds('bids and asks', symbol in await client.fetchBidsAsks([symbol]));
        holds('trades', (await client.fetchTrades(symbol, undefined, 20)).length);
        const calls = ['fetchOHLCV', ...(this.contracts ? ['fetchMarkOHLCV', 'fetchIndexOHLCV', 'fetchPremiumIndexOHLCV'] : [])];
        for (const call of calls) same(call, (await client[call](symbol, '1m', Date.now() - HOUR, 10)).length, 10);
        if (this.contracts) {
            holds('a funding rate', (await client.fetchFundingRate(symbol)).symbol === symbol);
            holds('open interest', (await client.fetchOpenInterest(symbol)).openInterestAmount >= 0);
            holds('tiers', (await client.fetchMarketLeverageTiers(symbol)).length > 1);
        }
        shown(`${client.id}: ${client.symbols.length} markets; book, tickers, trades, candles`);
    }

    async resting () {
        const low = await this.price(-3);
        const made = await this.order('limit', 'buy', this.amount, low, { clientOrderId: `js-${this.wallet}` });
        same('its status', (await this.seen(made)).status, 'open');
        const found = await this.client.fetchOrder(undefined, this.symbol, { clientOrderId: `js-${this.wallet}` });
        same('by the id of its client', found.id, made.id);
        const moved = await this.client.editOrder(made.id, this.symbol, 'limit', 'buy', this.amount * 2, low);
        same('its amount', (await this.seen(moved)).amount, this.amount * 2);
        await this.client.cancelOrder(moved.id, this.symbol);
        await refused('a second cancel', () => this.client.cancelOrder(moved.id, this.symbol), 'OrderNotFound');
        await this.order('limit', 'sell', this.amount, await this.price(3), { postOnly: true });
        if (!this.contracts) await this.order('limit', 'buy', this.amount, low, { icebergQty: this.amount / 5 });
        await this.client.cancelAllOrders(this.symbol);
        same('open orders', await this.openIds(), []);
        shown(`${this.client.id}: orders rest, are replaced and canceled`);
    }

    async taking () {
        const [high, low] = [await this.price(1), await this.price(-1)];
        const rows = [
            ['market', 'buy', undefined, {}, 'closed'],
            ['limit', 'sell', low, {}, 'closed'],
            ['limit', 'buy', high, { timeInForce: 'IOC' }, 'closed'],
            ['limit', 'buy', low, { timeInForce: 'IOC' }, 'expired'],
            ['limit', 'sell', low, { timeInForce: 'FOK' }, 'closed'],
        ];
        for (const [type, side, price, params, status] of rows) {
            const made = await this.seen(await this.order(type, side, this.amount, price, params));
            same(`${type} ${side} ${JSON.stringify(params)}`, made.status, status);
        }
        if (!this.contracts) {
            for (const side of ['buy', 'sell']) {
                const made = await this.seen(await this.order('market', side, undefined, undefined, { cost: 250 }));
                holds('what it may cost', made.cost > 240 && made.cost <= 250);
            }
        }
        shown(`${this.client.id}: ${rows.length} ways to take`);
    }

    async sleeping () {
        const rows = [
            ['market', 'buy', 'stopLossPrice', 0.04], ['limit', 'buy', 'triggerPrice', 0.04],
            ['market', 'sell', 'takeProfitPrice', 0.04], ['limit', 'sell', 'takeProfitPrice', 0.04],
            ['market', 'sell', 'stopLossPrice', -0.04], ['limit', 'buy', 'takeProfitPrice', -0.04],
        ];
        for (const [type, side, key, percent] of rows) {
            const limit = type === 'limit' ? await this.price(side === 'buy' ? 3 : -3) : undefined;
            const made = await this.asleep(type, side, limit, key, percent);
            await this.push(percent > 0 ? 'buy' : 'sell', async () => (await this.done(made)) !== undefined);
            same(`${type} ${side} ${key}`, (await this.done(made)).filled, this.amount);
        }
        const trailing = { trailingPercent: 0.1, ...(this.contracts ? {} : { stopLossOrTakeProfit: 'stopLoss' }) };
        const made = await this.order('market', 'sell', this.amount, undefined, trailing);
        await this.push('sell', async () => (await this.done(made)) !== undefined);
        if (this.contracts) await this.flat();
        shown(`${this.client.id}: ${rows.length + 1} kinds of orders wake when the price comes, and trade`);
    }

    async asleep (type, side, limit, key, percent) {
        for (let n = 0; n < 5; n += 1) {
            try {
                return await this.order(type, side, this.amount, limit, { [key]: await this.price(percent) });
            } catch (error) {
                if (!String(error).match(/-2021|trigger immediately/)) throw error;
            }
        }
        throw new Error('the price was always there before the order');
    }

    async done (made) {
        let found;
        if (this.contracts) {
            // This version places conditional orders of COIN-M and cannot read them: what they become has their name.
            const orders = await this.client.fetchOrders(this.symbol, undefined, 100);
            found = orders.find((row) => row.clientOrderId === made.clientOrderId);
        } else {
            found = await this.seen(made);
        }
        return found?.status === 'closed' ? found : undefined;
    }

    async position () {
        const rows = await this.client.fetchPositions([this.symbol]);
        return rows.reduce((sum, row) => sum + row.contracts * (row.side === 'long' ? 1 : -1), 0);
    }

    async flat () {
        const held = await this.position();
        if (held) await this.order('market', held > 0 ? 'sell' : 'buy', Math.abs(held), undefined, { reduceOnly: true });
        same('position', await this.position(), 0);
    }

    async positions () {
        const { client, symbol } = this;
        await client.setLeverage(20, symbol);
        same('leverage', (await client.fetchLeverage(symbol)).longLeverage, 20);
        await client.setMarginMode('isolated', symbol);
        await this.order('market', 'buy');
        await client.addMargin(symbol, this.margin * 2);
        await client.reduceMargin(symbol, this.margin);
        const [held] = await client.fetchPositions([symbol]);
        same('margin mode', held.marginMode, 'isolated');
        await this.order('market', 'sell', undefined, undefined, { stopLossPrice: await this.price(-0.04), closePosition: true });
        await this.push('sell', async () => (await this.position()) === 0);
        await client.setMarginMode('cross', symbol);
        await client.setPositionMode(true, symbol);
        await this.order('market', 'buy', this.amount * 2, undefined, { positionSide: 'LONG' });
        await this.order('market', 'sell', this.amount, undefined, { positionSide: 'SHORT' });
        same('both held', (await client.fetchPositions([symbol])).length, 2);
        await this.order('market', 'sell', this.amount * 2, undefined, { positionSide: 'LONG' });
        await this.order('market', 'buy', this.amount, undefined, { positionSide: 'SHORT' });
        await client.setPositionMode(false, symbol);
        holds('the ledger', (await client.fetchLedger(this.coin)).length);
        shown(`${client.id}: leverage, margin modes, margin of a position, hedge mode, a stop that closes`);
    }

    async transfers () {
        for (const [coin, other] of [['USDT', 'linear'], ['BTC', 'inverse']]) {
            for (const [from, to] of [['spot', other], [other, 'spot']]) await this.client.transfer(coin, 0.1, from, to);
        }
        holds('told', (await this.client.fetchTransfers('USDT', undefined, 10, { fromAccount: 'spot', toAccount: 'linear' })).length);
        shown('money moves between wallets and back');
    }

    async history () {
        const orders = await this.client.fetchOrders(this.symbol, undefined, 1000);
        const trades = await this.client.fetchMyTrades(this.symbol, undefined, 1000);
        const traded = {};
        for (const row of trades) traded[row.order] = ccxt.Precise.stringAdd(traded[row.order] ?? '0', String(row.amount));
        const filled = Object.fromEntries(orders.filter((row) => row.filled).map((row) => [row.id, String(row.filled)]));
        same('trades and orders', traded, filled);
        shown(`${this.client.id}: ${orders.length} orders and ${trades.length} trades tell the same story`);
    }

    async money () {
        await eventually('balances equal the ledger', async () => {
            const before = await ledger(this.wallet);
            const told = await this.client.fetchBalance();
            if (JSON.stringify(before) !== JSON.stringify(await ledger(this.wallet))) return false;
            for (const [asset, [free, held]] of Object.entries(before)) {
                if (this.contracts) same(asset, told.total[asset], free + held);
                else same(asset, [told.free[asset], told.used[asset]], [free, held]);
            }
            return true;
        });
        shown(`${this.client.id}: balances are the ledger's`);
    }

    async run () {
        await this.marketData();
        await this.resting();
        await this.taking();
        await this.sleeping();
        await (this.contracts ? this.positions() : this.transfers());
        await this.history();
        await this.money();
    }
}

const soon = (promise) => Promise.race([promise, pause(WITHIN).then(() => { throw new Error('a stream is silent'); })]);

async function news (client, relay) {
    const { symbol, amount } = PRODUCTS[client.id];
    const contracts = client.id !== 'binance';
    const book = await soon(client.watchOrderBook(symbol));
    holds('a book', book.bids[0][0] < book.asks[0][0]);
    for (const call of ['watchTicker', 'watchTrades', 'watchOHLCV', ...(contracts ? ['watchMarkPrice'] : [])]) {
        holds(call, await soon(client[call](symbol)));
    }
    const made = await client.createOrderWs(symbol, 'limit', 'buy', amount, Number(client.priceToPrecision(symbol, book.bids[0][0] * 0.97)));
    await client.cancelOrderWs(made.id, symbol);
    let before;
    for (const side of ['buy', 'sell']) {
        const heard = (async () => {
            for (;;) {
                const [last] = (await soon(client.watchOrders(symbol))).slice(-1);
                if (last.status === 'closed' && last.side === side) return last;
            }
        })();
        const balance = soon(client.watchBalance());
        const positions = contracts ? soon(client.watchPositions([symbol])) : undefined;
        await pause(1500);
        const order = await client.createOrder(symbol, 'market', side, amount);
        same('the order told', (await heard).id, order.id);
        await balance;
        await positions;
        if (before !== undefined) continue;
        before = relay.count;
        const pending = client.watchOrders(symbol).then(() => 'told', (error) => error.constructor.name);
        await pause(500);
        relay.cut();
        holds('what was cut', ['NetworkError', 'ExchangeClosedByUser', 'RequestTimeout'].includes(await soon(pending)));
    }
    holds('made anew', relay.count > before);
    shown(`${client.id}: streams of the market and of the account, and the same after the connection was cut from outside`);
}

console.log(`==== ccxt for JavaScript ${ccxt.version}`);
for (const id of Object.keys(PRODUCTS)) {
    const [client, mover] = [new ccxt[id](settings(NAME)), new ccxt[id](settings('bob'))];
    await Promise.all([client.loadMarkets(), mover.loadMarkets()]);
    await new Tale(client, mover).run();
}
const relay = await new Relay().listen();
for (const id of Object.keys(PRODUCTS)) {
    const client = new ccxt.pro[id](settings(NAME, relay.url));
    // Without it ccxt refuses addresses that begin with ws://.
    await client.loadHttpProxyAgent();
    await client.loadMarkets();
    await news(client, relay);
    await client.close();
}
relay.close();
process.exit(0);
