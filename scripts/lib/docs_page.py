"""docs_page.py URL BROWSER SCREENSHOT: what a person does on /docs, and that the page asks no other host for anything.

The sign-in is taken from DOCS_USERNAME and DOCS_PASSWORD.
"""

import json
import os
import sys
import urllib.parse

from playwright.sync_api import Error, expect, sync_playwright

PATIENCE = 30_000  # milliseconds
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    # A page that needs the internet must fail here, not at the user's.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def use(page, url, username, password):
    answer = page.goto(url + "/docs")
    assert answer.status == 200, f"GET /docs was answered {answer.status}"
    expect(page.locator(".opblock-tag").first).to_be_visible()

    page.locator(".auth-wrapper button.authorize").first.click()
    form = page.locator(".dialog-ux .auth-container").filter(has=page.locator("#oauth_username"))
    expect(form).to_have_count(1)
    expect(form.locator("h4").first).to_contain_text("oauth2")
    form.locator("#oauth_username").fill(username)
    form.locator("#oauth_password").fill(password)
    with page.expect_response(lambda one: one.url == url + "/oauth2/token") as signed_in:
        form.locator("button.authorize").click()
    assert signed_in.value.status == 200, f"POST /oauth2/token was answered {signed_in.value.status}"
    expect(page.locator(".dialog-ux button", has_text="Logout").first).to_be_visible()
    page.locator(".dialog-ux button.btn-done").first.click()

    operation = page.locator('.opblock-get:has([data-path="/v1/me"])')
    for tag in page.locator('.opblock-tag[data-is-open="false"]').all()[::-1]:
        if operation.count():
            break
        tag.click()
    expect(operation).to_have_count(1)
    if "is-open" not in operation.get_attribute("class").split():
        operation.locator(".opblock-summary-control").click()
    operation.locator("button.try-out__btn").click()
    with page.expect_response(lambda one: one.url == url + "/v1/me") as called:
        operation.locator("button.execute").click()
    assert called.value.status == 200, f"GET /v1/me was answered {called.value.status}"
    assert username in json.dumps(called.value.json(), ensure_ascii=False), "the answer of GET /v1/me lacks the username"

    # What the person sees, not only what the browser got.
    live = operation.locator(".live-responses-table .response").first
    expect(live.locator(".response-col_status")).to_contain_text("200")
    expect(live).to_contain_text(username)


def main(url, browser, screenshot):
    expect.set_options(timeout=PATIENCE)
    elsewhere, console = [], []
    host = urllib.parse.urlsplit(url).netloc

    def seen(address):
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != host:
            elsewhere.append(address)

    with sync_playwright() as playwright:
        # launch() makes a new, empty profile and removes it.
        chromium = playwright.chromium.launch(executable_path=browser, headless=True, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 1600}, locale="en")
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda one: seen(one.url))
        page.on("websocket", lambda one: seen(one.url))
        page.on("console", lambda one: console.append(f"{one.type}: {one.text}"))
        page.on("pageerror", lambda one: console.append(f"error: {one}"))
        failure = None
        try:
            use(page, url, os.environ["DOCS_USERNAME"], os.environ["DOCS_PASSWORD"])
        except (AssertionError, Error) as error:
            failure = str(error)
        page.screenshot(path=screenshot, full_page=True)
        chromium.close()

    blocked = [line for line in console if "Content Security Policy" in line]
    if not failure and blocked:
        failure = "its own policy keeps the page from something: " + "; ".join(blocked)
    if not failure and elsewhere:
        failure = "the page asked other hosts: " + ", ".join(sorted(set(elsewhere)))
    if failure:
        print(f"/docs: {failure}", file=sys.stderr)
        for line in console[-20:]:
            print(f"  console {line}", file=sys.stderr)
        sys.exit(1)
    print(f"/docs: signed in and called GET /v1/me; no request to another host. Screenshot: {screenshot}")


main(*sys.argv[1:])
