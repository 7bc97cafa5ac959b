/* The reference model in C: the same business as model.toml and plain.py, written from the
 * definitions of the words. Money is whole cents, time is days since 1970.
 *
 * reference_run plays one replication from drawn numbers (see `words` in contenders.py) and fills
 * quarterly rows; it returns the number of events. The agenda is a binary heap of keys
 * day | phase | number; a key that no longer holds is skipped when it comes up. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t i64;

enum { MONTHS = 120, HALLS = 7, ANCHORS = 2, STARTS = 4, LOANS = 2, DRAWS = ANCHORS * STARTS };

/* --- the model: the figures of model.toml --- */

static const i64 OPENING_CASH = 60000000000, MINIMUM_CASH = 5000000000;
static const double ON_DEMAND_SHARE = 0.5, CASH_YIELD_MARGIN = -0.0025;
static const i64 ORDER_AHEAD_DAYS = 10, PAYABLES_MONTHS = 1;
static const i64 GPU_WATTS = 2080, GPU_PRICE = 7640000, SUPPLIER_DAYS = 45;
static const double DEPOSIT_SHARE = 0.10;
static const i64 BOOK_LIFE_MONTHS = 72, ECONOMIC_LIFE_MONTHS = 132;
static const i64 LEAD_DAYS = 120, FITOUT_DAYS = 30, ACCEPTANCE_DAYS = 20; /* planned */
static const i64 BUILT_DAYS = 170, REUSE_WAIT_DAYS = 30;
static const double PUE = 1.25, LOAD_FACTOR = 0.8, MINIMUM_TAKE = 0.3;
static const double TARIFF = 6.0; /* cents a kWh */
static const double GRID_CHARGE = 400.0, RENT = 11000.0, VARIABLE_RENT = 1000.0, STAFF = 600.0;
static const double OFFICE = 400000000.0, OFFICE_GROWTH = 0.03, OFFICE_SHARE = 0.02;
static const double CAPITAL_RATE = 0.08, BASE_FLOOR = 0.03;
static const i64 PREPAID_DAYS_BEFORE = 40, CREDIT_MONTHS = 12, PATIENCE_DAYS = 90;
static const i64 MATURITY_MONTH = 102; /* June 2034 */
static const double HOURS_PER_MONTH = 730.0, DAYS_PER_MONTH = 365.25 / 12.0;

static const struct { i64 watts; int year, month, day; } HALL[HALLS] = {
    {30000000, 2025, 12, 31}, {30000000, 2026, 7, 1}, {30000000, 2026, 12, 1},
    {40000000, 2027, 5, 1},   {40000000, 2027, 11, 1}, {40000000, 2028, 6, 1},
    {40000000, 2029, 1, 1},
};

static const struct {
    i64 price; /* cents per GPU-hour */
    int term_months;
    i64 payment_days;
    double loan_share;
    i64 gpus; /* of each tranche */
    struct { int year, month; } starts[STARTS];
    int dedicated; /* served by what is bought for it */
} ANCHOR[ANCHORS] = {
    {290, 60, 30, 0.7, 2000, {{2026, 8}, {2026, 11}, {2027, 2}, {2027, 5}}, 1},
    {280, 48, 45, 0.6, 1500, {{2027, 1}, {2027, 7}, {2028, 1}, {2028, 7}}, 0},
};

static const struct {
    i64 commitment;
    int year, month, day; /* available to */
    double margin, undrawn_fee;
    i64 months, grace_months;
    double reserve_share;
} TERMS[LOANS] = {
    {45000000000, 2027, 9, 30, 0.0225, 0.005, 60, 3, 0.02},
    {26000000000, 2028, 12, 31, 0.0350, 0.010, 48, 0, 0.03},
};

/* --- the order of a day --- */

enum phase {
    LAPSE, HANDOVER, ENERGISE, PREPAY, COLLECT, END, LONG_STOP, OFFER, NEED, FUND, PLACE, DELIVER,
    INSTALL, FITTED, ACCEPT, FALL_DUE, ALLOCATE, START, PAY, MONTH, PHASES
};

/* --- rows: flows, then balances --- */

enum column {
    REVENUE, REVENUE_ON_DEMAND, COST_OF_REVENUE, DEPRECIATION, ADMINISTRATION, INTEREST_EXPENSE,
    INTEREST_INCOME, BACKLOG_SIGNED, BACKLOG_RECOGNISED, BACKLOG_CANCELLED, TRANCHES_STARTED,
    TRANCHES_LAPSED, CASH, RESTRICTED_CASH, RECEIVABLES, SUPPLIER_DEPOSITS,
    CONSTRUCTION_IN_PROGRESS, PPE_GROSS, ACCUMULATED_DEPRECIATION, PAYABLES_OPERATING,
    PAYABLES_CAPEX, ACCRUED_INTEREST, DEFERRED_REVENUE, DEBT_PRINCIPAL, BACKLOG, SLIPPED,
    LIVE_TRANCHES, IDLE_GPUS, WAITING_GPUS, DEFERRED_ORDERS, COLUMNS
};

/* --- what the business is made of --- */

typedef struct {
    const i64 *month_end, *lead_days, *hall_delay, *power_delay, *fitout, *acceptance;
    const double *rental_index, *on_demand_price, *on_demand_use, *hardware_factor, *base_rate;
    i64 offers;
    const i64 *day, *gpus, *term_days, *start_days, *payment_days, *walks, *offer_fitout,
        *offer_acceptance;
    const double *prepayment_share, *willingness;
} Drawn;

typedef struct {
    i64 payment_days, prepayment, credited_months, balance, credit_last, earned, over;
    int loan, dedicated;
} Contract;

enum status { SIGNED, WAITING, GRANTED, LIVE, OVER, LOST };

typedef struct {
    i64 contract, gpus, value, planned_start, term_days, start, recognised, lost;
    i64 order;          /* of GPUs that are still to come, or -1 */
    i64 promised, held; /* GPUs of the pool, until it starts; of those, the ones that are there */
    int walks, patient, status;
} Tranche;

typedef struct {
    i64 principal, day, first_month, instalments, due;
} Draw;

typedef struct {
    i64 fee_through, used, promised, principal, fees, interest, fees_due, interest_due;
    i64 principal_due, held; /* held in its reserve */
    int open, draws;
    Draw draw[DRAWS];
} Loan;

enum stage { WANTED, PLACED, DELIVERED, IN_SERVICE, ACCEPTED };

typedef struct {
    i64 gpus, cost, deposit, owed, from_loan, from_cash, fitout, acceptance;
    i64 tranche; /* that it is for, or was bought for; -1: the pool */
    i64 since;   /* day on which it came so far */
    int loan, stage;
    double loan_share;
} Order;

typedef struct {
    i64 order, cost, day, life_days, retires, charged;
} Asset;

typedef struct {
    i64 contract, amount;
    int prepaid;
} Invoice;

typedef struct {
    i64 *item, count;
} List;

typedef struct {
    Drawn w;
    uint64_t *heap;
    i64 heaped, today, month, events;
    i64 rung[PHASES];
    i64 cash, cash_days, reserved_cash, restricted_cash, receivables, supplier_deposits, in_progress, gross,
        accumulated, payables_capex, payables_operating, operating_owed, accrued_interest,
        deferred_revenue, backlog;
    i64 operating_due[MONTHS + 3];
    double office, office_growth, gpu_hour_cost;
    Contract *contracts;
    Tranche *tranches;
    Order *orders;
    Asset *assets;
    Invoice *invoices;
    i64 n_contracts, n_tranches, n_orders, n_assets, n_invoices, next_offer;
    i64 *by_day; /* offers in order of day */
    List live, waiting, slipping, promises, needing, coming, delivered, overdue;
    i64 handed_watts, powered_watts, used_watts, load_watts, ordered_watts;
    i64 handed_days, powered_days, load_days, site_counted;
    i64 free, promised, held, free_days, pool_counted;
    int hall_powered[HALLS];
    i64 hall_planned[HALLS], hall_handover[HALLS];
    Loan loans[LOANS];
    i64 row[COLUMNS];
} Firm;

static inline i64 max(i64 a, i64 b) { return a > b ? a : b; }
static inline i64 min(i64 a, i64 b) { return a < b ? a : b; }
static inline i64 cents(double x) { return (i64)floor(x + 0.5); }

/* amount x days / of, rounded down, without overflow */
static inline i64 straight_line(i64 amount, i64 days, i64 of) {
    days = min(max(days, 0), of);
    return amount / of * days + amount % of * days / of;
}

static double level_payment(i64 principal, double rate, i64 instalments) {
    double worth = 0.0, factor = 1.0;
    for (i64 n = 0; n < instalments; n++) {
        factor /= 1.0 + rate;
        worth += factor;
    }
    return (double)principal / worth;
}

static i64 day_of(int year, int month, int day) {
    year -= month <= 2;
    i64 era = year / 400, of_era = year - era * 400;
    i64 of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* the same day of the month so many months later, or the month's last if it is shorter */
static i64 later(i64 day, i64 months) {
    i64 shifted = day + 719468, era = shifted / 146097, of_era = shifted % 146097;
    i64 year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    i64 of_year = of_era - (365 * year + year / 4 - year / 100);
    i64 from_march = (5 * of_year + 2) / 153, date = of_year - (153 * from_march + 2) / 5 + 1;
    i64 number = (era * 400 + year) * 12 + from_march + 2 + months;
    i64 first = day_of((int)(number / 12), (int)(number % 12) + 1, 1);
    number++;
    return min(first + date, day_of((int)(number / 12), (int)(number % 12) + 1, 1)) - 1;
}

/* cash comes or goes; it earns interest by the balance at each day's end */
static void move_cash(Firm *f, i64 amount) {
    f->cash += amount;
    f->cash_days += amount * (f->w.month_end[f->month] - f->today + 1);
}

/* energy, which the load factor lowers, and demand, which it does not; kW-days, cents */
static double power_bill(double load, double powered, double days) {
    double least = powered * MINIMUM_TAKE;
    double energy = fmax(load * LOAD_FACTOR, least) * 24.0 * TARIFF;
    return PUE * (energy + fmax(load, least) / days * GRID_CHARGE);
}

/* --- time --- */

static void at(Firm *f, i64 day, enum phase phase, i64 number) {
    uint64_t key = (uint64_t)day << 32 | (uint64_t)phase << 24 | (uint64_t)number;
    i64 child = f->heaped++;
    while (child > 0) {
        i64 parent = (child - 1) / 2;
        if (f->heap[parent] <= key) break;
        f->heap[child] = f->heap[parent];
        child = parent;
    }
    f->heap[child] = key;
}

static uint64_t next(Firm *f) {
    uint64_t first = f->heap[0], last = f->heap[--f->heaped];
    i64 place = 0;
    for (;;) {
        i64 child = 2 * place + 1;
        if (child >= f->heaped) break;
        if (child + 1 < f->heaped && f->heap[child + 1] < f->heap[child]) child++;
        if (last <= f->heap[child]) break;
        f->heap[place] = f->heap[child];
        place = child;
    }
    f->heap[place] = last;
    return first;
}

/* have a pass run once in its phase of a day */
static void ring(Firm *f, enum phase phase, i64 day) {
    if (f->rung[phase] == day) return;
    f->rung[phase] = day;
    at(f, day, phase, 0);
}

static void insert(List *list, i64 number) {
    i64 place = list->count++;
    while (place > 0 && list->item[place - 1] > number) {
        list->item[place] = list->item[place - 1];
        place--;
    }
    list->item[place] = number;
}

static void drop(List *list, i64 number) {
    i64 place = 0;
    while (list->item[place] != number) place++;
    list->count--;
    memmove(list->item + place, list->item + place + 1, (size_t)(list->count - place) * 8);
}

/* --- plant --- */

static void count_site(Firm *f, i64 through) {
    i64 days = through - f->site_counted;
    f->handed_days += f->handed_watts * days;
    f->powered_days += f->powered_watts * days;
    f->load_days += f->load_watts * days;
    f->site_counted = through;
}

static void count_pool(Firm *f, i64 through) {
    f->free_days += f->free * (through - f->pool_counted);
    f->pool_counted = through;
}

static void handover(Firm *f, i64 h) {
    count_site(f, f->today - 1);
    f->handed_watts += HALL[h].watts;
    at(f, f->today + f->w.power_delay[h], ENERGISE, h);
}

static void energise(Firm *f, i64 h) {
    count_site(f, f->today - 1);
    f->powered_watts += HALL[h].watts;
    f->hall_powered[h] = 1;
    ring(f, INSTALL, f->today);
}

/* announced day from which there is power for so many more watts; -1 if there will be none */
static i64 power_day(Firm *f, i64 watts) {
    i64 missing = f->used_watts + f->ordered_watts + watts - f->powered_watts;
    if (missing <= 0) return f->today;
    for (int h = 0; h < HALLS; h++) { /* in order of their planned days */
        if (f->hall_powered[h]) continue;
        missing -= HALL[h].watts;
        if (missing <= 0) return f->hall_planned[h];
    }
    return -1;
}

static void install(Firm *f) {
    i64 kept = 0;
    for (i64 n = 0; n < f->delivered.count; n++) {
        i64 k = f->delivered.item[n];
        Order *o = &f->orders[k];
        i64 watts = o->gpus * GPU_WATTS;
        if (f->used_watts + watts <= f->powered_watts) {
            f->used_watts += watts;
            f->ordered_watts -= watts;
            at(f, f->today + o->fitout, FITTED, k);
        } else {
            f->delivered.item[kept++] = k;
        }
    }
    f->delivered.count = kept;
}

/* --- debt --- */

static double rate_of(Firm *f, int n) {
    return fmax(f->w.base_rate[f->month], BASE_FLOOR) + TERMS[n].margin;
}

static void accrue_fee(Firm *f, int n, i64 through) {
    Loan *l = &f->loans[n];
    if (l->open) {
        i64 unused = TERMS[n].commitment - l->used;
        i64 days = through - l->fee_through;
        i64 fee = cents((double)unused * TERMS[n].undrawn_fee * (double)days / 360.0);
        l->fees += fee;
        f->accrued_interest += fee;
        f->row[INTEREST_EXPENSE] += fee;
    }
    l->fee_through = through;
}

static void draw(Firm *f, int n, i64 amount) {
    Loan *l = &f->loans[n];
    if (amount <= 0) return;
    i64 first = f->month + TERMS[n].grace_months + 1;
    i64 last = min(f->month + TERMS[n].months, MATURITY_MONTH);
    accrue_fee(f, n, f->today);
    l->draw[l->draws++] = (Draw){amount, f->today, first, last - first + 1, 0};
    l->used += amount;
    l->principal += amount;
    move_cash(f, amount);
}

static void lapse(Firm *f, int n) {
    accrue_fee(f, n, f->today - 1);
    f->loans[n].open = 0;
}

static void accrue_interest(Firm *f, int n) {
    Loan *l = &f->loans[n];
    i64 month_days = f->today - f->w.month_end[f->month - 1];
    double rate = rate_of(f, n);
    for (int d = 0; d < l->draws; d++) {
        i64 days = min(f->today - l->draw[d].day, month_days);
        i64 interest = cents((double)l->draw[d].principal * rate * (double)days / 360.0);
        l->interest += interest;
        f->accrued_interest += interest;
        f->row[INTEREST_EXPENSE] += interest;
    }
    accrue_fee(f, n, f->today);
}

static void fall_due(Firm *f, int n) {
    Loan *l = &f->loans[n];
    l->fees_due += l->fees;
    l->interest_due += l->interest;
    l->fees = l->interest = 0;
    double rate = rate_of(f, n) / 12.0;
    for (int d = 0; d < l->draws; d++) {
        Draw *r = &l->draw[d];
        i64 left = r->principal - r->due, due = left;
        if (left == 0 || f->month < r->first_month) continue;
        if (r->instalments > 1) {
            due = cents(level_payment(left, rate, r->instalments) - (double)left * rate);
            due = min(max(due, 0), left);
        }
        r->instalments--;
        r->due += due;
        l->principal_due += due;
    }
}

/* what a loan was lent on is looked at anew tomorrow if nothing is owed or promised */
static void release(Firm *f, const Loan *l) {
    if (l->principal + l->promised > 0) return;
    if (f->needing.count > 0) ring(f, FUND, f->today + 1);
    if (f->waiting.count > 0 && f->free > f->held) ring(f, ALLOCATE, f->today + 1);
}

static void repay(Firm *f, int n, i64 amount) {
    Loan *l = &f->loans[n];
    i64 paid = amount;
    l->principal -= amount;
    l->principal_due -= amount;
    int kept = 0;
    for (int d = 0; d < l->draws; d++) {
        Draw r = l->draw[d];
        i64 part = min(amount, r.due);
        r.due -= part;
        r.principal -= part;
        amount -= part;
        if (r.principal > 0) l->draw[kept++] = r;
    }
    l->draws = kept;
    if (paid > 0) release(f, l);
}

/* --- whose GPUs serve whom --- */

static void set_aside(Firm *f, Tranche *t, i64 gpus) {
    t->held += gpus;
    f->held += gpus;
}

/* GPUs of the pool are promised to a tranche; those that are there are set aside. They go on
 * earning on demand until it starts. */
static void claim(Firm *f, i64 k, i64 gpus, i64 there) {
    Tranche *t = &f->tranches[k];
    if (t->promised == 0) { /* by planned start, then by number */
        List *list = &f->promises;
        i64 place = list->count++;
        for (; place > 0; place--) {
            i64 other = list->item[place - 1], start = f->tranches[other].planned_start;
            if (start < t->planned_start || (start == t->planned_start && other < k)) break;
            list->item[place] = other;
        }
        list->item[place] = k;
    }
    t->promised += gpus;
    f->promised += gpus;
    set_aside(f, t, there);
}

/* it has its GPUs, or will have none: what was promised is free, its order is let go */
static void disclaim(Firm *f, i64 k) {
    Tranche *t = &f->tranches[k];
    if (t->promised > 0) {
        drop(&f->promises, k);
        f->promised -= t->promised;
        f->held -= t->held;
        t->promised = t->held = 0;
    }
    if (t->order < 0) return;
    Order *o = &f->orders[t->order];
    o->tranche = -1;
    if (o->stage == WANTED) {
        drop(&f->needing, t->order);
        f->ordered_watts -= o->gpus * GPU_WATTS;
    }
    t->order = -1;
}

/* day on which a tranche's GPUs are another's, as known today; with a renewal in its terms never */
static i64 frees_on(const Firm *f, i64 k) {
    const Tranche *t = &f->tranches[k];
    if (t->status >= OVER || f->contracts[t->contract].loan < 0) return INT64_MAX;
    if (t->status == LIVE) return t->start + t->term_days;
    if (t->order >= 0 && f->orders[t->order].stage == WANTED) return INT64_MAX;
    return max(t->planned_start, f->today) + t->term_days;
}

/* day on which an order that is placed should be accepted */
static i64 accepted_on(const Firm *f, const Order *o) {
    if (o->stage == IN_SERVICE) return max(o->since + ACCEPTANCE_DAYS, f->today);
    i64 delivered = f->today;
    if (o->stage == PLACED) delivered = max(o->since + LEAD_DAYS, delivered);
    return delivered + FITOUT_DAYS + ACCEPTANCE_DAYS;
}

static int changes_hands(const Firm *f, const Order *o, const Tranche *t, i64 by) {
    if (o->tranche >= 0 && f->tranches[o->tranche].status < OVER && frees_on(f, o->tranche) > by)
        return 0;
    int own = f->contracts[t->contract].loan;
    if (o->loan < 0 || own < 0 || o->loan == own) return 1;
    return f->loans[o->loan].principal + f->loans[o->loan].promised == 0;
}

/* GPUs that live through its term, are nobody's by then, and on which no other lent */
static i64 suitable(const Firm *f, const Tranche *t, i64 by) {
    i64 until = max(t->planned_start, f->today) + t->term_days, gpus = 0;
    for (i64 n = 0; n < f->n_assets; n++) {
        const Order *o = &f->orders[f->assets[n].order];
        if (f->assets[n].retires >= until && changes_hands(f, o, t, by)) gpus += o->gpus;
    }
    for (i64 n = 0; n < f->coming.count; n++) {
        const Order *o = &f->orders[f->coming.item[n]];
        if (o->stage < IN_SERVICE && changes_hands(f, o, t, by)) gpus += o->gpus;
    }
    return gpus;
}

/* those that will do today and are accepted */
static i64 suitable_there(const Firm *f, const Tranche *t) {
    i64 until = max(t->planned_start, f->today) + t->term_days, gpus = 0;
    for (i64 n = 0; n < f->n_assets; n++) {
        const Order *o = &f->orders[f->assets[n].order];
        if (f->assets[n].retires < until || o->stage < ACCEPTED) continue;
        if (changes_hands(f, o, t, f->today)) gpus += o->gpus;
    }
    return gpus;
}

/* the lesser of what is free in time and promised to nobody, and of what will do */
static i64 to_be_had(const Firm *f, const Tranche *t) {
    i64 by = max(t->planned_start + REUSE_WAIT_DAYS, f->today + BUILT_DAYS);
    if (t->patient) by = min(by, t->planned_start + PATIENCE_DAYS - 1);
    by = max(by, max(t->planned_start, f->today));
    i64 gpus = f->free - f->promised;
    for (i64 k = 0; k < DRAWS; k++) /* the anchors' tranches alone have no renewal in their terms */
        if (frees_on(f, k) <= by) gpus += f->tranches[k].gpus;
    for (i64 n = 0; n < f->coming.count; n++) {
        const Order *o = &f->orders[f->coming.item[n]];
        if (o->tranche < 0 && accepted_on(f, o) <= by) gpus += o->gpus;
    }
    return gpus > 0 ? min(gpus, suitable(f, t, by)) : 0;
}

/* a tranche takes GPUs that will do off the number that is ordered for it */
static void reuse(Firm *f, Order *o) {
    const Tranche *t = &f->tranches[o->tranche];
    if (f->contracts[t->contract].dedicated) return;
    i64 gpus = min(to_be_had(f, t), o->gpus);
    if (gpus <= 0) return;
    o->cost -= straight_line(o->cost, gpus, o->gpus);
    o->gpus -= gpus;
    f->ordered_watts -= gpus * GPU_WATTS;
    if (o->gpus == 0) f->tranches[o->tranche].order = -1;
    claim(f, o->tranche, gpus, min(gpus, max(f->free - f->promised, 0)));
    for (i64 n = 0; n < f->waiting.count; n++)
        if (f->waiting.item[n] == o->tranche) ring(f, ALLOCATE, f->today);
}

/* --- orders --- */

static i64 new_order(Firm *f, i64 gpus, i64 planned, i64 fitout, i64 acceptance) {
    i64 k = f->n_orders++;
    f->orders[k] = (Order){.gpus = gpus, .fitout = fitout, .acceptance = acceptance, .loan = -1};
    f->ordered_watts += gpus * GPU_WATTS;
    at(f, planned, NEED, k);
    return k;
}

static void reach(Firm *f, Order *o, enum stage stage) {
    o->stage = stage;
    o->since = f->today;
}

/* what GPUs cost today: within a month the price moves by its days */
static i64 price(Firm *f, i64 gpus) {
    const i64 *end = f->w.month_end + f->month;
    const double *factor = f->w.hardware_factor + f->month;
    double part = (double)(f->today - end[-1]) / (double)(end[0] - end[-1]);
    return cents((double)(gpus * GPU_PRICE) * (factor[-1] + (factor[0] - factor[-1]) * part));
}

static void need(Firm *f, i64 k) {
    Order *o = &f->orders[k];
    reuse(f, o);
    if (o->gpus == 0) return;
    o->cost = price(f, o->gpus);
    insert(&f->needing, k);
    ring(f, FUND, f->today);
}

/* what fell due before, ranks before suppliers and waits for cash */
static i64 unpaid(Firm *f) {
    i64 due = f->operating_owed;
    for (int n = 0; n < LOANS; n++)
        due += f->loans[n].fees_due + f->loans[n].interest_due + f->loans[n].principal_due;
    return due;
}

static int promise(Firm *f, Order *o) {
    i64 loan = 0;
    if (o->loan >= 0) {
        Loan *l = &f->loans[o->loan];
        i64 room = l->open ? max(TERMS[o->loan].commitment - l->used - l->promised, 0) : 0;
        i64 share = cents((double)o->cost * o->loan_share);
        loan = min(min(room, share), o->cost - cents((double)o->cost * DEPOSIT_SHARE));
    }
    i64 own = o->cost - loan;
    i64 waiting = unpaid(f); /* what is due and unpaid is promised to nobody */
    for (i64 n = 0; n < f->overdue.count; n++) waiting += f->orders[f->overdue.item[n]].owed;
    if (own > f->cash - f->reserved_cash - MINIMUM_CASH - waiting) return 0;
    o->from_loan = loan;
    o->from_cash = own;
    f->reserved_cash += own;
    if (o->loan >= 0) f->loans[o->loan].promised += loan;
    return 1;
}

static void fund(Firm *f) {
    i64 kept = 0;
    for (i64 n = 0; n < f->needing.count; n++)
        if (f->free > f->held) reuse(f, &f->orders[f->needing.item[n]]);
    for (i64 n = 0; n < f->needing.count; n++) {
        i64 k = f->needing.item[n];
        if (f->orders[k].gpus == 0) continue;
        if (promise(f, &f->orders[k]))
            at(f, f->today, PLACE, k);
        else
            f->needing.item[kept++] = k;
    }
    f->needing.count = kept;
}

static void place(Firm *f, i64 k) {
    Order *o = &f->orders[k];
    o->deposit = cents((double)o->cost * DEPOSIT_SHARE);
    i64 promised = min(o->from_cash, o->deposit);
    o->from_cash -= promised;
    f->reserved_cash -= promised;
    move_cash(f, -o->deposit);
    f->supplier_deposits += o->deposit;
    reach(f, o, PLACED);
    f->coming.item[f->coming.count++] = k;
    at(f, f->today + f->w.lead_days[f->month], DELIVER, k);
}

static void deliver(Firm *f, i64 k) {
    Order *o = &f->orders[k];
    o->owed = o->cost - o->deposit;
    f->supplier_deposits -= o->deposit;
    f->in_progress += o->cost;
    f->payables_capex += o->owed;
    at(f, f->today + SUPPLIER_DAYS, PAY, k);
    reach(f, o, DELIVERED);
    insert(&f->delivered, k);
    ring(f, INSTALL, f->today);
}

static void pay_supplier(Firm *f, Order *o, i64 most) {
    i64 paid = min(o->owed, max(most, 0));
    o->owed -= paid;
    move_cash(f, -paid);
    f->payables_capex -= paid;
}

static void pay(Firm *f, i64 k) {
    Order *o = &f->orders[k];
    if (o->loan >= 0 && o->from_loan > 0) {
        Loan *l = &f->loans[o->loan];
        l->promised -= o->from_loan;
        if (l->open) draw(f, o->loan, min(o->from_loan, TERMS[o->loan].commitment - l->used));
        release(f, l);
    }
    f->reserved_cash -= o->from_cash;
    pay_supplier(f, o, f->cash - unpaid(f)); /* what ranks before it keeps its cash */
    if (o->owed > 0) f->overdue.item[f->overdue.count++] = k;
}

static void fitted(Firm *f, i64 k) {
    Order *o = &f->orders[k];
    f->in_progress -= o->cost;
    f->gross += o->cost;
    i64 life = later(f->today, BOOK_LIFE_MONTHS) - f->today;
    i64 retires = later(f->today, ECONOMIC_LIFE_MONTHS);
    f->assets[f->n_assets++] = (Asset){k, o->cost, f->today, life, retires, 0};
    reach(f, o, IN_SERVICE);
    count_site(f, f->today - 1);
    f->load_watts += o->gpus * GPU_WATTS;
    at(f, f->today + o->acceptance, ACCEPT, k);
}

static void give_back(Firm *f, i64 gpus) {
    count_pool(f, f->today - 1);
    f->free += gpus;
    ring(f, ALLOCATE, f->today);
}

static void accept(Firm *f, i64 k) {
    Order *o = &f->orders[k];
    reach(f, o, ACCEPTED);
    drop(&f->coming, k);
    give_back(f, o->gpus);
    if (o->tranche < 0) return;
    f->tranches[o->tranche].order = -1;
    claim(f, o->tranche, o->gpus, o->gpus);
}

/* --- customers --- */

static i64 new_tranche(Firm *f, i64 contract, i64 gpus, i64 value, i64 start, i64 term) {
    i64 k = f->n_tranches++;
    f->tranches[k] = (Tranche){.contract = contract, .gpus = gpus, .value = value,
                               .planned_start = start, .term_days = term, .order = -1};
    f->backlog += value;
    f->slipping.item[f->slipping.count++] = k;
    at(f, start, FALL_DUE, k);
    return k;
}

static double term_ratio(i64 months) { return months <= 36 ? 0.68 : months <= 48 ? 0.64 : 0.61; }

static void offer(Firm *f, i64 n) {
    const Drawn *w = &f->w;
    i64 i = f->by_day[n], gpus = w->gpus[i], term = w->term_days[i];
    if (n + 1 < w->offers) at(f, w->day[f->by_day[n + 1]], OFFER, n + 1);
    int pool = f->free - f->promised >= gpus;
    i64 powered = pool ? f->today : power_day(f, gpus * GPU_WATTS);
    double ask = w->rental_index[f->month] * term_ratio((i64)((double)term / DAYS_PER_MONTH + 0.5));
    if (powered < 0 || (!pool && ask < f->gpu_hour_cost) || w->willingness[i] < 1.0) return;
    i64 start = f->today + max(w->start_days[i], 1);
    if (!pool) {
        start = max(start, f->today + BUILT_DAYS);
        start = max(start, powered + FITOUT_DAYS + ACCEPTANCE_DAYS);
    }
    i64 value = cents(ask * 24.0 * (double)gpus * (double)term), c = f->n_contracts++;
    f->contracts[c] = (Contract){.payment_days = w->payment_days[i],
                                 .prepayment = cents((double)value * w->prepayment_share[i]),
                                 .credited_months = CREDIT_MONTHS, .credit_last = -1,
                                 .loan = -1};
    f->row[BACKLOG_SIGNED] += value;
    i64 k = new_tranche(f, c, gpus, value, start, term);
    Tranche *t = &f->tranches[k];
    t->walks = w->walks[i] != 0;
    t->patient = 1;
    if (f->contracts[c].prepayment > 0)
        at(f, max(start - PREPAID_DAYS_BEFORE, f->today + 1), PREPAY, c);
    if (pool) {
        claim(f, k, gpus, gpus);
    } else {
        i64 planned = max(start - BUILT_DAYS, f->today);
        t->order = new_order(f, gpus, planned, w->offer_fitout[i], w->offer_acceptance[i]);
        f->orders[t->order].tranche = k;
    }
}

static void invoice(Firm *f, i64 c, i64 amount, int prepaid) {
    i64 n = f->n_invoices++;
    f->invoices[n] = (Invoice){c, amount, prepaid};
    at(f, f->today + f->contracts[c].payment_days, COLLECT, n);
}

static void collect(Firm *f, i64 n) {
    Invoice *v = &f->invoices[n];
    move_cash(f, v->amount);
    if (v->prepaid) {
        f->deferred_revenue += v->amount;
        f->contracts[v->contract].balance += v->amount;
    } else {
        f->receivables -= v->amount;
    }
    if (f->needing.count > 0) ring(f, FUND, f->today);
}

static void prepay(Firm *f, i64 c) {
    i64 amount = f->contracts[c].prepayment;
    f->contracts[c].prepayment = 0;
    invoice(f, c, amount, 1);
}

static void wait_for_gpus(Firm *f, i64 k) {
    f->tranches[k].status = WAITING;
    insert(&f->waiting, k);
    ring(f, ALLOCATE, f->today);
    if (f->tranches[k].patient) at(f, f->today + PATIENCE_DAYS, LONG_STOP, k);
}

/* on its own GPUs and on those set aside for nobody; while its order is to come, only if those
 * that will do suffice for all of it, and not at all if it is served by what is bought for it */
static int may_start(const Firm *f, const Tranche *t) {
    i64 missing = t->gpus - t->held;
    if (missing > f->free - f->held) return 0;
    if (t->order < 0) return 1;
    return !f->contracts[t->contract].dedicated && suitable_there(f, t) >= missing;
}

static void allocate(Firm *f) {
    i64 kept = 0;
    for (i64 n = 0; n < f->promises.count; n++) {
        Tranche *t = &f->tranches[f->promises.item[n]];
        set_aside(f, t, min(t->promised - t->held, f->free - f->held));
    }
    for (i64 n = 0; n < f->waiting.count; n++) {
        i64 k = f->waiting.item[n];
        if (may_start(f, &f->tranches[k])) {
            count_pool(f, f->today - 1);
            f->free -= f->tranches[k].gpus;
            disclaim(f, k);
            f->tranches[k].status = GRANTED;
            at(f, f->today, START, k);
        } else {
            f->waiting.item[kept++] = k;
        }
    }
    f->waiting.count = kept;
}

static void start(Firm *f, i64 k) {
    Tranche *t = &f->tranches[k];
    Contract *c = &f->contracts[t->contract];
    t->status = LIVE;
    t->start = f->today;
    f->live.item[f->live.count++] = k;
    f->row[TRANCHES_STARTED]++;
    if (c->credited_months && c->credit_last < 0) c->credit_last = f->month + c->credited_months - 1;
    at(f, f->today + t->term_days, END, k);
}

static void recognise(Firm *f, Tranche *t, i64 through) {
    i64 upto = straight_line(t->value, through - t->start + 1, t->term_days);
    i64 earned = upto - t->recognised;
    t->recognised = upto;
    f->contracts[t->contract].earned += earned;
    f->backlog -= earned;
    f->receivables += earned;
    f->row[REVENUE] += earned;
    f->row[BACKLOG_RECOGNISED] += earned;
}

static void end(Firm *f, i64 k) {
    recognise(f, &f->tranches[k], f->today - 1);
    f->tranches[k].status = OVER;
    f->contracts[f->tranches[k].contract].over = 1;
    drop(&f->live, k);
    give_back(f, f->tranches[k].gpus);
}

static void long_stop(Firm *f, i64 k) {
    Tranche *t = &f->tranches[k];
    if (!t->walks) return;
    drop(&f->waiting, k);
    if (t->held > 0) ring(f, ALLOCATE, f->today);
    disclaim(f, k);
    t->status = LOST;
    Contract *c = &f->contracts[t->contract];
    c->over = 1;
    i64 kept = min(c->balance, t->value);
    c->balance -= kept;
    f->deferred_revenue -= kept;
    f->row[REVENUE] += kept;
    f->row[BACKLOG_RECOGNISED] += kept;
    t->recognised = kept;
    t->lost = t->value - kept;
    f->backlog -= t->value;
    f->row[BACKLOG_CANCELLED] += t->lost;
    f->row[TRANCHES_LAPSED]++;
}

static void bill_month(Firm *f, i64 n) {
    Contract *c = &f->contracts[n];
    i64 amount = c->earned;
    c->earned = 0;
    if (amount > 0 && c->balance > 0 && c->credit_last >= 0) {
        i64 credit = min(c->balance / max(c->credit_last - f->month + 1, 1), amount);
        c->balance -= credit;
        f->deferred_revenue -= credit;
        f->receivables -= credit;
        amount -= credit;
    }
    if (c->over && c->balance > 0) {
        f->deferred_revenue -= c->balance;
        f->row[REVENUE] += c->balance;
        f->row[BACKLOG_RECOGNISED] += c->balance;
        c->balance = 0;
    }
    if (amount > 0) invoice(f, n, amount, 0);
}

/* --- the books --- */

static void running_costs(Firm *f, i64 days) {
    count_site(f, f->today);
    double load = (double)f->load_days / 1000.0, powered = (double)f->powered_days / 1000.0;
    double kw_months = (double)f->handed_days / 1000.0 / (double)days;
    i64 site = cents(power_bill(load, powered, (double)days));
    site += cents(kw_months * STAFF) + cents(kw_months * VARIABLE_RENT);
    for (int h = 0; h < HALLS; h++) {
        i64 rented = min(max(f->today - f->hall_handover[h] + 1, 0), days);
        site += cents(RENT * (double)HALL[h].watts / 1000.0 * ((double)rented / (double)days));
    }
    i64 office = cents(f->office + OFFICE_SHARE * (double)f->row[REVENUE]);
    f->office *= f->office_growth;
    f->handed_days = f->powered_days = f->load_days = 0;
    f->row[COST_OF_REVENUE] += site;
    f->row[ADMINISTRATION] += office;
    f->payables_operating += site + office;
    f->operating_due[f->month + PAYABLES_MONTHS] += site + office;
}

static void sell_on_demand(Firm *f) {
    count_pool(f, f->today);
    double offered = (double)(f->free_days * 24) * ON_DEMAND_SHARE;
    i64 hours = (i64)(offered * f->w.on_demand_use[f->month]);
    i64 revenue = cents(f->w.on_demand_price[f->month] * (double)hours);
    f->free_days = 0;
    move_cash(f, revenue);
    f->row[REVENUE] += revenue;
    f->row[REVENUE_ON_DEMAND] += revenue;
}

/* a share of the balance that is not due */
static i64 reserve_of(Firm *f, int n) {
    i64 balance = f->loans[n].principal - f->loans[n].principal_due;
    return min(cents((double)balance * TERMS[n].reserve_share), balance);
}

static i64 payable(Firm *f, i64 due) {
    i64 paid = min(due, max(f->cash, 0));
    f->cash -= paid;
    return paid;
}

static i64 pay_fees(Firm *f, int n, i64 most) {
    i64 paid = min(f->loans[n].fees_due, max(most, 0));
    f->loans[n].fees_due -= paid;
    f->accrued_interest -= paid;
    f->cash -= paid;
    return paid;
}

static i64 pay_interest(Firm *f, int n, i64 most) {
    i64 paid = min(f->loans[n].interest_due, max(most, 0));
    f->loans[n].interest_due -= paid;
    f->accrued_interest -= paid;
    f->cash -= paid;
    return paid;
}

static i64 pay_principal(Firm *f, int n, i64 most) {
    i64 paid = min(f->loans[n].principal_due, max(most, 0));
    f->cash -= paid;
    repay(f, n, paid);
    return paid;
}

static void fill_reserve(Firm *f, int n, i64 amount) {
    f->loans[n].held += amount;
    f->restricted_cash += amount;
    f->cash -= amount;
}

/* an amount leaves a reserve for its own loan's service; what that does not need is free */
static void pay_from_reserve(Firm *f, int n, i64 amount) {
    fill_reserve(f, n, -amount);
    amount -= pay_fees(f, n, amount);
    amount -= pay_interest(f, n, amount);
    pay_principal(f, n, amount);
}

static void waterfall(Firm *f) {
    for (int n = 0; n < LOANS; n++)
        pay_from_reserve(f, n, max(f->loans[n].held - reserve_of(f, n), 0));
    i64 owed = f->operating_owed + f->operating_due[f->month];
    i64 paid = payable(f, owed);
    f->operating_owed = owed - paid;
    f->payables_operating -= paid;
    for (int n = 0; n < LOANS; n++) pay_fees(f, n, f->cash);
    for (int n = 0; n < LOANS; n++) pay_interest(f, n, f->cash);
    for (int n = 0; n < LOANS; n++) pay_principal(f, n, f->cash);
    i64 kept = 0;
    for (i64 n = 0; n < f->overdue.count; n++) {
        i64 k = f->overdue.item[n];
        pay_supplier(f, &f->orders[k], f->cash);
        if (f->orders[k].owed > 0) f->overdue.item[kept++] = k;
    }
    f->overdue.count = kept;
    for (int n = 0; n < LOANS; n++) {
        i64 lacking = max(reserve_of(f, n) - f->loans[n].held, 0);
        fill_reserve(f, n, min(lacking, max(f->cash, 0)));
    }
    for (int n = 0; n < LOANS; n++) {
        Loan *l = &f->loans[n];
        pay_from_reserve(f, n, min(l->fees_due + l->interest_due + l->principal_due, l->held));
    }
}

static i64 slip(Firm *f) {
    i64 slipped = 0, kept = 0;
    for (i64 n = 0; n < f->slipping.count; n++) {
        Tranche *t = &f->tranches[f->slipping.item[n]];
        if (t->status == LOST) continue; /* what is lost has no plan any more */
        i64 days = f->today - t->planned_start + 1;
        slipped += straight_line(t->value, days, t->term_days) - t->recognised - t->lost;
        if (t->status != OVER || days < t->term_days) f->slipping.item[kept++] = f->slipping.item[n];
    }
    f->slipping.count = kept;
    return slipped;
}

static void write_row(Firm *f, i64 *rows) {
    i64 *row = f->row;
    row[CASH] = f->cash;
    row[RESTRICTED_CASH] = f->restricted_cash;
    row[RECEIVABLES] = f->receivables;
    row[SUPPLIER_DEPOSITS] = f->supplier_deposits;
    row[CONSTRUCTION_IN_PROGRESS] = f->in_progress;
    row[PPE_GROSS] = f->gross + f->in_progress;
    row[ACCUMULATED_DEPRECIATION] = f->accumulated;
    row[PAYABLES_OPERATING] = f->payables_operating;
    row[PAYABLES_CAPEX] = f->payables_capex;
    row[ACCRUED_INTEREST] = f->accrued_interest;
    row[DEFERRED_REVENUE] = f->deferred_revenue;
    row[DEBT_PRINCIPAL] = f->loans[0].principal + f->loans[1].principal;
    row[BACKLOG] = f->backlog;
    row[SLIPPED] = slip(f);
    row[LIVE_TRANCHES] = f->live.count;
    row[IDLE_GPUS] = f->free;
    row[WAITING_GPUS] = 0;
    for (i64 n = 0; n < f->waiting.count; n++)
        row[WAITING_GPUS] += f->tranches[f->waiting.item[n]].gpus;
    row[DEFERRED_ORDERS] = f->needing.count;

    i64 *quarter = rows + (f->month - 1) / 3 * COLUMNS;
    for (int n = 0; n < CASH; n++) quarter[n] += row[n];
    memcpy(quarter + CASH, row + CASH, (COLUMNS - CASH) * sizeof *row);
    memset(row, 0, sizeof f->row);
}

static void close_month(Firm *f, i64 *rows) {
    i64 days = f->today - f->w.month_end[f->month - 1];
    for (i64 n = 0; n < f->live.count; n++)
        recognise(f, &f->tranches[f->live.item[n]], f->today);
    sell_on_demand(f);
    for (i64 c = 0; c < f->n_contracts; c++)
        if (f->contracts[c].earned || f->contracts[c].balance) bill_month(f, c);
    running_costs(f, days);
    for (i64 n = 0; n < f->n_assets; n++) {
        Asset *a = &f->assets[n];
        i64 charged = straight_line(a->cost, f->today - a->day + 1, a->life_days);
        f->row[DEPRECIATION] += charged - a->charged;
        f->accumulated += charged - a->charged;
        a->charged = charged;
    }
    for (int n = 0; n < LOANS; n++) accrue_interest(f, n);
    double yield = fmax(f->w.base_rate[f->month] + CASH_YIELD_MARGIN, 0.0);
    i64 income = cents((double)max(f->cash_days, 0) * yield / 365.0);
    f->cash += income;
    f->row[INTEREST_INCOME] += income;
    for (int n = 0; n < LOANS; n++) fall_due(f, n);
    waterfall(f);
    write_row(f, rows);
    f->month++;
    if (f->month > MONTHS) return;
    days = f->w.month_end[f->month] - f->today;
    f->cash_days = (f->cash + f->restricted_cash) * days;
    at(f, f->w.month_end[f->month], MONTH, 0);
    if (f->needing.count > 0) ring(f, FUND, f->today + 1);
}

/* --- a run --- */

static void read_words(Drawn *w, const i64 *words) {
    i64 months = words[0], halls = words[1], orders = words[2], offers = words[3];
    const i64 *p = words + 4;
    w->month_end = p, p += months;
    w->rental_index = (const double *)p, p += months;
    w->on_demand_price = (const double *)p, p += months;
    w->on_demand_use = (const double *)p, p += months;
    w->hardware_factor = (const double *)p, p += months;
    w->base_rate = (const double *)p, p += months;
    w->lead_days = p, p += months;
    w->hall_delay = p, p += halls;
    w->power_delay = p, p += halls;
    w->fitout = p, p += orders;
    w->acceptance = p, p += orders;
    w->offers = offers;
    w->day = p, p += offers;
    w->gpus = p, p += offers;
    w->term_days = p, p += offers;
    w->start_days = p, p += offers;
    w->prepayment_share = (const double *)p, p += offers;
    w->payment_days = p, p += offers;
    w->willingness = (const double *)p, p += offers;
    w->walks = p, p += offers;
    w->offer_fitout = p, p += offers;
    w->offer_acceptance = p;
}

/* offers in order of day, in the order drawn within a day: they are drawn month by month */
static void sort_offers(Firm *f) {
    for (i64 n = 0; n < f->w.offers; n++) {
        i64 place = n;
        while (place > 0 && f->w.day[f->by_day[place - 1]] > f->w.day[n]) {
            f->by_day[place] = f->by_day[place - 1];
            place--;
        }
        f->by_day[place] = n;
    }
}

static void open_anchors(Firm *f) {
    i64 next[ANCHORS] = {0};
    for (int a = 0; a < ANCHORS; a++)
        f->contracts[f->n_contracts++] =
            (Contract){.payment_days = ANCHOR[a].payment_days, .credit_last = -1, .loan = a,
                       .dedicated = ANCHOR[a].dedicated};
    for (int n = 0; n < ANCHORS * STARTS; n++) { /* in order of planned start */
        i64 first = 0;
        int who = -1;
        for (int a = 0; a < ANCHORS; a++) {
            if (next[a] == STARTS) continue;
            i64 day = day_of(ANCHOR[a].starts[next[a]].year, ANCHOR[a].starts[next[a]].month, 1);
            if (who < 0 || day < first) first = day, who = a;
        }
        i64 term = later(first, ANCHOR[who].term_months) - first;
        i64 own = new_tranche(f, who, ANCHOR[who].gpus,
                              ANCHOR[who].price * 24 * ANCHOR[who].gpus * term, first, term);
        i64 planned = max(first - BUILT_DAYS - ORDER_AHEAD_DAYS, f->today + 1);
        i64 k = new_order(f, ANCHOR[who].gpus, planned, f->w.fitout[n], f->w.acceptance[n]);
        f->tranches[own].order = k;
        f->orders[k].tranche = own;
        f->orders[k].loan = who;
        f->orders[k].loan_share = ANCHOR[who].loan_share;
        next[who]++;
    }
}

static void open_firm(Firm *f) {
    f->today = f->site_counted = f->pool_counted = f->w.month_end[0];
    f->month = 1;
    f->cash = OPENING_CASH;
    f->cash_days = f->cash * (f->w.month_end[1] - f->today);
    f->office = OFFICE;
    f->office_growth = pow(1.0 + OFFICE_GROWTH, 1.0 / 12.0);
    double kw = (double)GPU_WATTS / 1000.0;
    double days = HOURS_PER_MONTH / 24.0, power = power_bill(days, days, days);
    f->gpu_hour_cost = (level_payment(GPU_PRICE, CAPITAL_RATE / 12.0, ECONOMIC_LIFE_MONTHS) +
                        kw * (RENT + VARIABLE_RENT + STAFF + power)) / HOURS_PER_MONTH;
    for (i64 h = 0; h < HALLS; h++) {
        f->hall_planned[h] = day_of(HALL[h].year, HALL[h].month, HALL[h].day);
        f->hall_handover[h] = f->hall_planned[h] + f->w.hall_delay[h];
        if (f->hall_handover[h] <= f->today) {
            f->handed_watts += HALL[h].watts;
            f->powered_watts += HALL[h].watts;
            f->hall_powered[h] = 1;
        } else {
            at(f, f->hall_handover[h], HANDOVER, h);
        }
    }
    for (int n = 0; n < LOANS; n++) {
        f->loans[n].open = 1;
        f->loans[n].fee_through = f->today;
        at(f, day_of(TERMS[n].year, TERMS[n].month, TERMS[n].day) + 1, LAPSE, n);
    }
    open_anchors(f);
    sort_offers(f);
    if (f->w.offers > 0) at(f, f->w.day[f->by_day[0]], OFFER, 0);
    at(f, f->w.month_end[1], MONTH, 0);
}

static void step(Firm *f, enum phase phase, i64 k, i64 *rows) {
    switch (phase) {
    case LAPSE: lapse(f, (int)k); break;
    case HANDOVER: handover(f, k); break;
    case ENERGISE: energise(f, k); break;
    case DELIVER: deliver(f, k); break;
    case FITTED: fitted(f, k); break;
    case ACCEPT: accept(f, k); break;
    case COLLECT: collect(f, k); break;
    case PREPAY: prepay(f, k); break;
    case END: end(f, k); break;
    case LONG_STOP: long_stop(f, k); break;
    case FALL_DUE: wait_for_gpus(f, k); break;
    case INSTALL: install(f); break;
    case ALLOCATE: allocate(f); break;
    case START: start(f, k); break;
    case OFFER: offer(f, k); break;
    case NEED: need(f, k); break;
    case FUND: fund(f); break;
    case PLACE: place(f, k); break;
    case PAY: pay(f, k); break;
    default: close_month(f, rows); break;
    }
}

/* words: drawn numbers; rows [MONTHS / 3][COLUMNS], filled. Returns the events, -1 without memory. */
i64 reference_run(const i64 *words, i64 *rows) {
    Firm *f = calloc(1, sizeof *f);
    if (!f) return -1;
    read_words(&f->w, words);
    i64 most = f->w.offers + DRAWS;
    i64 invoices = most * 2 + (ANCHORS + most) * MONTHS;
    size_t lists = 9, sizes[] = {
        (size_t)most * sizeof *f->contracts, (size_t)most * sizeof *f->tranches,
        (size_t)most * sizeof *f->orders,    (size_t)most * sizeof *f->assets,
        (size_t)invoices * sizeof *f->invoices, ((size_t)most * 8 + (size_t)invoices) * 8,
    };
    size_t total = lists * (size_t)most * 8;
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) total += sizes[n];
    char *memory = malloc(total), *p = memory;
    if (!memory) {
        free(f);
        return -1;
    }
    f->contracts = (Contract *)p, p += sizes[0];
    f->tranches = (Tranche *)p, p += sizes[1];
    f->orders = (Order *)p, p += sizes[2];
    f->assets = (Asset *)p, p += sizes[3];
    f->invoices = (Invoice *)p, p += sizes[4];
    f->heap = (uint64_t *)p, p += sizes[5];
    List *list[] = {&f->live,    &f->waiting, &f->slipping,  &f->promises,
                    &f->needing, &f->coming,  &f->delivered, &f->overdue};
    for (size_t n = 0; n < sizeof list / sizeof *list; n++) {
        list[n]->item = (i64 *)p;
        p += (size_t)most * 8;
    }
    f->by_day = (i64 *)p;
    memset(rows, 0, MONTHS / 3 * COLUMNS * sizeof *rows);

    open_firm(f);
    while (f->heaped > 0 && f->month <= MONTHS) {
        uint64_t key = next(f);
        enum phase phase = (enum phase)(key >> 24 & 0xFF);
        i64 k = (i64)(key & 0xFFFFFF);
        if (phase == LONG_STOP && f->tranches[k].status != WAITING) continue;
        f->today = (i64)(key >> 32);
        f->events++;
        step(f, phase, k, rows);
    }
    i64 events = f->events;
    free(memory);
    free(f);
    return events;
}
