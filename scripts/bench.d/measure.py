"""The measuring part of scripts/bench: the server through wrk, in alternation with pgbench. Prints Markdown."""

import http.client
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).parent
DIR = pathlib.Path(os.environ["HTCD_BENCH_DIR"])
DATABASE = os.environ["HTCD_BENCH_DATABASE"]
ROUNDS = int(os.environ.get("HTCD_BENCH_ROUNDS", 3))
SECONDS = int(os.environ.get("HTCD_BENCH_SECONDS", 6))
DEADLINE = time.monotonic() + int(os.environ.get("HTCD_BENCH_LIMIT", 720))
CONNECTIONS, THREADS, CLIENTS = 32, 2, (8, 32)
# Papers are made one at a time, and whoever finds twenty waiting is told to come back: fewer at once, so that nobody is.
PAPER_CONNECTIONS = 8
CATEGORIES = ("literacy", "short_vocational", "law", "health", "environment", "culture_society", "economic_development", "life_skills",
    "other_programme", "arts_sports")
YEARS = range(2013, 2025)

# Work, target as a share of pgbench (docs/performance.md).
WORKS = {
    "list": ("a province's centres, a page of 50", 0.8),
    "centre": ("one centre with its latest rating", 0.6),
    "province": ("a province's year by district", 5.0),
    "nation": ("the nation's year by province", 5.0),
    "write": ("one self-assessment saved, with audit", 0.8),
    "mixed": ("90 % reads, 10 % writes", 0.9),
    "category": ("a province's year of activities by category", 5.0),
    "district": ("a district's year of activities by category", 5.0),
    "entry": ("a month's totals of a category entered, with audit", 0.8),
    "report": ("a centre's annual report as PDF, from its records", None),
}

LIST_SQL = """SELECT id, code, name, commune_id, operating_model, has_seal, has_account, address, status, operating_from, ended_on, created_at, updated_at
FROM centres WHERE province_id = '{province}' AND (name_sort, id) > ('{key}'::bytea, '{id}') ORDER BY name_sort, id LIMIT 50;"""

CENTRE_SQL = """SELECT c.id, c.code, c.name, c.commune_id, c.operating_model, c.has_seal, c.has_account, c.address, c.status, c.operating_from, c.ended_on,
    c.created_at, c.updated_at, c.revision, v.name_vi, r.id, r.year, r.decided_rank, r.decided_points
FROM centres c
JOIN unit_versions v ON v.unit_id = c.commune_id
LEFT JOIN LATERAL (
    SELECT id, year, decided_rank, decided_points FROM ratings
    WHERE province_id = c.province_id AND centre_id = c.id AND decided_rank IS NOT NULL ORDER BY year DESC LIMIT 1) r ON true
WHERE c.province_id = '{province}' AND c.id = '{id}';"""

# {what} and {where} make of it a province's year by district, or the nation's by province.
YEAR_SQL = """SELECT {what}, r.decided_rank, count(*)
FROM centres c
JOIN centre_placements p ON p.province_id = c.province_id AND p.centre_id = c.id AND p.valid_from <= '{year}-12-31' AND (p.valid_to IS NULL OR p.valid_to >= '{year}-12-31')
{join}LEFT JOIN ratings r ON r.province_id = c.province_id AND r.centre_id = c.id AND r.year = {year} AND r.subject = 'centre'
WHERE {where}c.operating_from <= '{year}-12-31' AND (c.ended_on IS NULL OR c.ended_on > '{year}-12-31')
GROUP BY 1, 2;"""
BY_DISTRICT = "JOIN unit_versions v ON v.unit_id = p.commune_id AND (v.valid_from IS NULL OR v.valid_from <= '{year}-12-31') AND (v.valid_to IS NULL OR v.valid_to >= '{year}-12-31')\n"

# :detail, :step, :before and :after are what the server itself wrote for the same request.
WRITE_SQL = r"""\set n random(1, {drafts})
BEGIN;
SELECT r.province_id AS province, r.id AS rating, r.revision AS revision, r.state, r.stage, r.detail FROM bench.drafts d
JOIN ratings r ON r.province_id = d.province_id AND r.id = d.rating_id WHERE d.n = :n FOR UPDATE OF r \gset
UPDATE ratings SET detail = :detail, revision = revision + 1, updated_at = now() WHERE province_id = :province AND id = :rating;
INSERT INTO rating_steps VALUES (:province, :rating, :revision + 1, now(), '{user}', 'assess', 0, 'draft', 'draft', NULL, :step);
UPDATE audit_heads SET seq = seq + 1, hash = encode(sha256(convert_to(hash || :before || :after, 'UTF8')), 'hex') WHERE province_id = :province RETURNING seq, hash \gset
INSERT INTO audit_records VALUES (:province, :seq, now(), '{user}', 'bench.pgbench', 'save_self_assessment', 'rating', :rating, :before, :after, NULL, 'pgbench', '127.0.0.1', repeat('0', 64), :hash);
COMMIT;
"""


# The numbers that the summary adds, each with how many entries gave it.
NUMBERS = ", ".join(f"sum(a.{name}), count(a.{name})" for name in (
    "classes", "sessions", "participations", "female", "ethnic_minority", "disabled", "age_under_15", "age_15_35", "age_36_60", "age_over_60", "cost_vnd"))

# {join} and {where} narrow it to a district.
CATEGORY_SQL = """SELECT a.category, a.role, a.scope, count(*), {numbers}
FROM activities a
{join}WHERE a.province_id = '{province}' AND a.starts_on BETWEEN '{year}-01-01' AND '{year}-12-31'{where}
GROUP BY 1, 2, 3;"""
IN_DISTRICT = """JOIN centre_placements p ON p.province_id = a.province_id AND p.centre_id = a.centre_id AND p.valid_from <= '{year}-12-31' AND (p.valid_to IS NULL OR p.valid_to >= '{year}-12-31')
JOIN unit_versions v ON v.unit_id = p.commune_id AND (v.valid_from IS NULL OR v.valid_from <= '{year}-12-31') AND (v.valid_to IS NULL OR v.valid_to >= '{year}-12-31')
"""

# :details and :entered are what the server itself wrote for the same request.
ENTRY_SQL = r"""\set n random(1, {drafts})
\set month random(0, 11)
\set category random(1, 10)
BEGIN;
SELECT province_id AS province, centre_id AS centre, gen_random_uuid() AS id, ('2025-01-01'::date + make_interval(months => :month))::date AS first,
    ({categories})[:category] AS name
FROM bench.drafts WHERE n = :n \gset
SELECT id FROM centres WHERE province_id = :province AND id = :centre;
INSERT INTO activity_months VALUES (:province, :centre, :first, :name, 'centre', 'monthly_total') ON CONFLICT DO NOTHING;
INSERT INTO activities (province_id, id, centre_id, entry, month, category, title, form, starts_on, ends_on, role, scope, sessions, participations, female, details, revision, created_at, updated_at)
VALUES (:province, :id, :centre, 'monthly_total', :first, :name, 'Tổng số tháng', 'session', :first, :first::date + 27, 'organiser', 'centre', 4, 120, 64, :details, 1, now(), now()) ON CONFLICT DO NOTHING;
UPDATE audit_heads SET seq = seq + 1, hash = encode(sha256(convert_to(hash || :entered, 'UTF8')), 'hex') WHERE province_id = :province RETURNING seq, hash \gset
INSERT INTO audit_records VALUES (:province, :seq, now(), '{user}', 'bench.pgbench', 'create_activity', 'activity', :id, NULL, :entered, NULL, 'pgbench', '127.0.0.1', repeat('0', 64), :hash);
COMMIT;
"""


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def sql(text):
    """The rows that a query answers, as lists of texts."""
    out = subprocess.run(["psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", DATABASE], input=text, text=True, stdout=subprocess.PIPE, check=True, timeout=300).stdout
    return [line.split("\t") for line in out.splitlines()]


class Server:
    """The server as a process; `startup` is the time until it is ready."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        keep = {name: value for name, value in os.environ.items() if not name.startswith("HTCD_")}
        settings = {
            "HTCD_DATABASE_URL": os.environ["HTCD_DATABASE_URL"], "HTCD_LISTEN": f"127.0.0.1:{self.port}", "HTCD_RATE_LIMIT": "0", "HTCD_LOG": "warn",
            "HTCD_WORKERS": os.environ.get("HTCD_WORKERS", "2"), "HTCD_DATABASE_CONNECTIONS": os.environ.get("HTCD_DATABASE_CONNECTIONS", "4"),
            "HTCD_ACCESS_TOKEN_MINUTES": "600",
        }
        started = time.monotonic()
        with open(DIR / "server.log", "ab") as log:
            self.process = subprocess.Popen([os.environ["HTCD_BIN"], "serve"], env=keep | settings, stdout=log, stderr=log)
        while time.monotonic() < started + 20 and self.process.poll() is None:
            try:
                if self.ask("GET", "/healthz/ready")[0] == 200:
                    self.startup = time.monotonic() - started
                    return
            except OSError:
                time.sleep(0.002)
        self.stop()
        sys.exit(f"bench: the server is not ready; see {DIR}/server.log")

    def ask(self, method, path, token=None, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        result = (answer.status, answer.read())
        connection.close()
        return result

    def token(self, username):
        form = urllib.parse.urlencode({"grant_type": "password", "username": username, "password": os.environ["HTCD_BENCH_PASSWORD"]})
        status, body = self.ask("POST", "/oauth2/token", body=form, **{"Content-Type": "application/x-www-form-urlencoded"})
        if status != 200:
            sys.exit(f"bench: {username} cannot sign in: {status} {body[:200]}")
        return json.loads(body)["access_token"]

    def save(self, rating, revision, token):
        headers = {"Content-Type": "application/json", "If-Match": f'"{revision}"'}
        status, body = self.ask("PUT", f"/v1/ratings/{rating}/assessments/self", token, (DIR / "self-assessment.json").read_bytes(), **headers)
        if status != 200:
            sys.exit(f"bench: a self-assessment was not saved: {status} {body[:300]}")

    def create(self, path, token, body):
        status, answer = self.ask("POST", path, token, json.dumps(body).encode(), **{"Content-Type": "application/json"})
        if status != 201:
            sys.exit(f"bench: POST {path}: {status} {answer[:300]}")
        return json.loads(answer)["id"]

    def report(self, centre, token):
        return self.create("/v1/reports", token, {"centre_id": centre, "kind": "annual", "period": "2024", "number": 10, "signed_on": "2024-11-26",
            "addressees": ["Ủy ban nhân dân xã"], "signer": {"name": "Nguyễn Văn An"}})

    def enter(self, centre, token, number=0):
        month, category = 1 + number // len(CATEGORIES), CATEGORIES[number % len(CATEGORIES)]
        return self.create("/v1/activities", token, {"centre_id": centre, "entry": "monthly_total", "category": category, "title": "Tổng số tháng", "form": "session",
            "role": "organiser", "starts_on": f"2025-{month:02}-01", "ends_on": f"2025-{month:02}-28", "sessions": 4, "participations": {"total": 120, "female": 64}})

    def memory(self):
        return int(subprocess.run(["ps", "-o", "rss=", "-p", str(self.process.pid)], text=True, stdout=subprocess.PIPE, check=True).stdout) / 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def prepare(server):
    """Writes the requests of each work, and the same work as SQL; answers the busiest province and the tokens."""
    provinces = sql("SELECT n, id, unit_id, (SELECT count(*) FROM bench.centres c WHERE c.province = p.n) FROM bench.provinces p ORDER BY n")
    officers = {n: server.token(f"bench.officer.{n}") for n, *_ in provinces}
    managers = {n: server.token(f"bench.manager.{n}") for n, *_ in provinces}
    ministry = server.token("bench.ministry")
    requests = {work: [] for work in ("list", "centre", "province", "nation", "write", "category", "district", "entry", "report")}
    queries = {work: [] for work in ("list", "centre", "province", "nation", "category", "district")}

    # In each province, the page in the middle of its list, and the centre after it.
    middle = sql("""SELECT province, province_id, id, encode(name_sort, 'hex') FROM (
        SELECT b.province, c.*, row_number() OVER w AS place, count(*) OVER (PARTITION BY b.province) AS centres
        FROM centres c JOIN bench.centres b USING (id) WINDOW w AS (PARTITION BY b.province ORDER BY c.name_sort, c.id)) x
        WHERE place = greatest(1, (centres - 50) / 2) AND centres > 60 ORDER BY province""")
    for n, province, centre, key in middle:
        cursor = json.dumps([key, centre], separators=(",", ":")).encode().hex()
        requests["list"].append((f"/v1/centres?cursor={cursor}", officers[n]))
        queries["list"].append(LIST_SQL.format(province=province, key="\\x" + key, id=centre))
        requests["centre"].append((f"/v1/centres/{centre}", officers[n]))
        queries["centre"].append(CENTRE_SQL.format(province=province, id=centre))
    # Thái Bình had 286 centres in 2011: the province that is nearest to it.
    n, province, unit, centres = min(provinces, key=lambda row: abs(int(row[3]) - 286))
    for year in YEARS:
        requests["province"].append((f"/v1/units/{unit}/rating_distribution?year={year}", officers[n]))
        queries["province"].append(YEAR_SQL.format(what="v.parent_id", join=BY_DISTRICT.format(year=year), where=f"c.province_id = '{province}' AND ", year=year))
        requests["nation"].append((f"/v1/nation/rating_distribution?year={year}", ministry))
        queries["nation"].append(YEAR_SQL.format(what="c.province_id", join="", where="", year=year))
    district = sql(f"""SELECT v.parent_id FROM bench.centres c JOIN unit_versions v ON v.unit_id = c.commune_id
        WHERE c.province = {n} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1""")[0][0]
    for year in YEARS:
        for work, where, join, more in (
            ("category", unit, "", ""), ("district", district, IN_DISTRICT.format(year=year), f" AND v.parent_id = '{district}'"),
        ):
            requests[work].append((f"/v1/units/{where}/activity_summary?period={year}", officers[n]))
            queries[work].append(CATEGORY_SQL.format(numbers=NUMBERS, join=join, where=more, province=province, year=year))
    drafts = sql("SELECT province, rating_id, centre_id FROM bench.drafts ORDER BY n")
    requests["entry"] = [(centre, managers[place]) for place, _, centre in drafts]
    for place, _, centre in drafts[:20]:
        requests["report"].append((f"/v1/reports/{server.report(centre, managers[place])}/document?format=pdf", managers[place]))
    entered = server.enter(drafts[0][2], managers[drafts[0][0]])
    entered = sql(f"SELECT t.details, a.after FROM activities t JOIN audit_records a ON a.subject_id = t.id::text WHERE t.id = '{entered}'")[0]
    requests["write"] = [(f"/v1/ratings/{rating}/assessments/self", managers[province]) for province, rating, _ in drafts]
    requests["mixed"] = [request for pair in zip(requests["list"], requests["centre"]) for request in pair]

    for work, found in requests.items():
        (DIR / f"{work}.tsv").write_text("".join(f"{path}\t{token}\n" for path, token in found))
    for work, found in queries.items():
        for place, text in enumerate(found):
            (DIR / f"{work}.{place:03}.sql").write_text(text.replace("\n", " ") + "\n")
    items = sql("SELECT assessment -> 'scores' FROM bench.assessments WHERE percent = 88")[0][0]
    scores = [{"criterion": item["criterion"], "points": item["points"], "evidence": []} for item in json.loads(items)]
    (DIR / "self-assessment.json").write_text(json.dumps({"scores": scores, "note": "Đo tốc độ"}, ensure_ascii=False))

    # One save, so that pgbench can write just what the server writes.
    server.save(drafts[0][1], 1, managers[drafts[0][0]])
    rating = drafts[0][1]
    user = sql("SELECT bench.id(2, 101)")[0][0]
    (DIR / "write.000.sql").write_text(WRITE_SQL.format(drafts=len(drafts), user=user))
    (DIR / "entry.000.sql").write_text(ENTRY_SQL.format(drafts=len(drafts), user=user, categories=f"ARRAY{list(CATEGORIES)}"))
    written = sql(f"""SELECT r.detail, s.detail, a.before, a.after FROM ratings r JOIN rating_steps s ON s.rating_id = r.id AND s.seq = 2
        JOIN audit_records a ON a.subject_id = r.id::text WHERE r.id = '{rating}' LIMIT 1""")[0]
    sizes = sql("SELECT (SELECT pg_size_pretty(pg_database_size(current_database()))), (SELECT round(avg(length(detail::text))) FROM ratings WHERE year = 2024)")[0]
    say(f"the database has {sizes[0]}, a rating's detail {sizes[1]} characters; the province measured has {centres} centres")
    variables = dict(zip(("detail", "step", "before", "after", "details", "entered"), written + entered))
    return {"variables": variables, "province": n, "unit": unit, "district": district, "officer": officers[n], "manager": managers[n], "ministry": ministry}


def reset_drafts():
    sql("CALL bench.reset_drafts(); VACUUM ratings, rating_steps, audit_heads;")


def reset_entries():
    sql("CALL bench.reset_entries(); VACUUM activities, activity_months, audit_heads;")


def run_wrk(work, server, seconds):
    reads, writes = DIR / f"{work}.tsv", "-"
    if work == "entry":
        reset_entries()
        reads, writes = "-", reads
    if work in ("write", "mixed"):
        reset_drafts()
        reads, writes = (reads if work == "mixed" else "-"), DIR / "write.tsv"
    connections = PAPER_CONNECTIONS if work == "report" else CONNECTIONS
    command = ["wrk", f"-t{THREADS}", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "requests.lua", server.url, "--", reads, writes, str(THREADS)]
    out = subprocess.run(command, text=True, stdout=subprocess.PIPE, check=True, timeout=seconds + 60).stdout
    result = json.loads(out.splitlines()[-1])
    time.sleep(0.3)  # What was under way when wrk stopped.
    if result["failed"]:
        sys.exit(f"bench: {work}: {result['failed']} of {result['requests']} requests failed; see {DIR}/server.log")
    return result["requests"] / result["microseconds"] * 1e6, result["p50"] / 1e3, result["p99"] / 1e3


def run_pgbench(work, clients, seconds, variables):
    if work in ("write", "mixed"):
        reset_drafts()
    if work == "entry":
        reset_entries()
    works = {"mixed": ("list", "centre")}.get(work, (work,))
    scripts = [f"{path}@1" for name in works for path in sorted(DIR.glob(f"{name}.*.sql"))]
    if work == "mixed":
        scripts.append(f"{DIR}/write.000.sql@{round(len(scripts) / 9)}")
    command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(2, clients)), "-T", str(seconds)]
    command += [part for script in scripts for part in ("-f", script)]
    if work in ("write", "mixed", "entry"):
        command += [part for name, value in variables.items() for part in ("-D", f"{name}={value}")]
    out = subprocess.run(command + [DATABASE], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds + 60)
    found = re.search(r"tps = ([0-9.]+)", out.stdout)
    if out.returncode or not found:
        sys.exit(f"bench: pgbench failed at {work}: {out.stderr[-2000:]}")
    return float(found[1])


def roll_up_cost(server, stored, known, variables):
    """Sequential: years of a province, its district and the nation right after a write in that province, and again without one."""
    rating, centre = sql(f"SELECT rating_id, centre_id FROM bench.drafts WHERE province = {known['province']} ORDER BY n DESC LIMIT 1")[0]
    reset_drafts()
    reset_entries()
    rows, revision, entries = [], 1, 0
    targets = {
        "province": (f"/v1/units/{known['unit']}/rating_distribution?year=2024", known["officer"]),
        "nation": ("/v1/nation/rating_distribution?year=2024", known["ministry"]),
        "category": (f"/v1/units/{known['unit']}/activity_summary?period=2024", known["officer"]),
        "district": (f"/v1/units/{known['district']}/activity_summary?period=2024", known["officer"]),
    }
    for work, (path, token) in targets.items():
        of_records = work in ("category", "district")
        times = {"first": [], "cold": [], "warm": []}

        def timed(kind):
            started = time.monotonic()
            status, body = server.ask("GET", path, token)
            times[kind].append((time.monotonic() - started) * 1e3)
            if status != 200 or (not of_records and json.loads(body)["total"]["rated"] == 0) or (of_records and b'"law"' not in body):
                sys.exit(f"bench: {path}: {status} {body[:300]}")

        timed("first")
        for _ in range(20):
            if of_records:
                server.enter(centre, known["manager"], entries)
                entries += 1
            else:
                server.save(rating, revision, known["manager"])
                revision += 1
            timed("cold")
            timed("warm")
        plain = DIR / f"{work}.{2024 - YEARS[0]:03}.sql"
        out = subprocess.run(["pgbench", "-n", "-M", "prepared", "-c1", "-T2", "-f", plain, DATABASE], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, timeout=60).stdout
        group_by = float(re.search(r"latency average = ([0-9.]+)", out)[1])
        rows.append(f"| {WORKS[work][0]} | {stored} | {times['first'][0]:.1f} | {statistics.median(times['cold']):.2f} | {statistics.median(times['warm']):.2f} | {group_by:.2f} |")
    return rows


def spread(values, digits=0):
    form = f"{{:,.{digits}f}}"
    return f"{form.format(statistics.median(values))} ({form.format(min(values))}–{form.format(max(values))})"


def measure():
    server = Server()
    try:
        known = prepare(server)
        variables = known["variables"]
        costs = roll_up_cost(server, "1 year", known, variables)
    finally:
        server.stop()
    say("eleven more years …")
    fill()
    startups = []
    for _ in range(3):
        server = Server()
        startups.append(server.startup)
        if len(startups) < 3:
            server.stop()
    try:
        costs += roll_up_cost(server, "12 years", known, variables)
        at_start = server.memory()
        results = {work: {"rate": [], "p50": [], "p99": [], "tps": [], "ratio": []} for work in WORKS}
        for work in WORKS:
            run_wrk(work, server, 1)  # Connections, statements, caches.
        done = 0
        for number in range(ROUNDS):
            if time.monotonic() > DEADLINE:
                say(f"stopped after {done} of {ROUNDS} rounds, at HTCD_BENCH_LIMIT")
                break
            for work, result in results.items():
                rate, p50, p99 = run_wrk(work, server, SECONDS)
                for name, value in (("rate", rate), ("p50", p50), ("p99", p99)):
                    result[name].append(value)
                line = f"round {number + 1}: {work}: {rate:,.0f} req/s, p99 {p99:.1f} ms"
                if WORKS[work][1] is not None:
                    tps = max(run_pgbench(work, clients, SECONDS // 2 + 1, variables) for clients in CLIENTS)
                    result["tps"].append(tps)
                    result["ratio"].append(rate / tps)
                    line += f", pgbench {tps:,.0f} tps, {rate / tps:.0%}"
                say(line)
            done += 1
        memory = server.memory()
    finally:
        server.stop()
    if not done:
        sys.exit("bench: no round was finished; raise HTCD_BENCH_LIMIT")

    print(f"{CONNECTIONS} connections, {done} rounds; median (least–most); ratios are of the same round.\n")
    print("| Work | req/s | p50 ms | p99 ms | pgbench tps | share of pgbench | target |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for work, result in results.items():
        name, target = WORKS[work]
        measured = f"| {name} | {spread(result['rate'])} | {statistics.median(result['p50']):.1f} | {statistics.median(result['p99']):.1f} |"
        if target is None:
            print(f"{measured} – | – | – |")
            continue
        ratio = statistics.median(result["ratio"])
        share = f"{ratio:.0%} ({min(result['ratio']):.0%}–{max(result['ratio']):.0%})"
        print(f"{measured} {spread(result['tps'])} | {share} | ≥ {target:.0%} |")
    print(f"\nServer: {memory:.0f} MiB resident at the end ({at_start:.0f} MiB before the load; target ≤ 60), ready {statistics.median(startups):.2f} s after its start (target ≤ 0.5).\n")
    print("One request at a time, milliseconds:\n\n| Roll-up | stored | first after start | after a write | again | GROUP BY |\n| --- | --- | ---: | ---: | ---: | ---: |")
    print("\n".join(costs))


def fill():
    for file in ("years.sql", "activities.sql"):
        command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-v", f"first={YEARS[0]}", "-v", "last=2023", "-f", HERE / file, DATABASE]
        subprocess.run(command, check=True, timeout=600, stdout=sys.stderr)


def run(command):
    """Everything made ready, then a command in place of the measurement."""
    fill()
    server = Server()
    try:
        known = prepare(server)
        (DIR / "known.json").write_text(json.dumps(known))
        reset_drafts()
        os.environ |= {"HTCD_BENCH_URL": server.url, "HTCD_BENCH_PID": str(server.process.pid)}
        sys.exit(subprocess.call(command))
    finally:
        server.stop()


if __name__ == "__main__":
    run(sys.argv[1:]) if len(sys.argv) > 1 else measure()
