(function () {
  "use strict";
  var root = document.documentElement;

  function themeButton(button) {
    function dark() {
      var chosen = root.dataset.theme;
      return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    }
    function tell() { button.setAttribute("aria-pressed", String(dark())); }
    button.addEventListener("click", function () {
      root.dataset.theme = dark() ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch (e) { /* not kept, then */ }
      tell();
    });
    button.hidden = false;
    tell();
  }

  function lightbox(box) {
    var links = Array.prototype.slice.call(document.querySelectorAll("a.zoom"));
    var picture = box.querySelector(".pan").appendChild(new Image());
    var words = box.querySelector("form span");
    var at = 0;
    function show(index) {
      at = (index + links.length) % links.length;
      var small = links[at].querySelector("img");
      var caption = links[at].parentNode.querySelector("figcaption p");
      picture.src = links[at].href;
      picture.alt = small.alt;
      picture.width = small.getAttribute("width") || small.naturalWidth;
      picture.height = small.getAttribute("height") || small.naturalHeight;
      words.textContent = caption ? caption.textContent : small.alt;
    }
    links.forEach(function (link, index) {
      link.addEventListener("click", function (event) {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        show(index);
        box.showModal();
      });
    });
    box.addEventListener("click", function (event) {
      if (event.target === box || event.target === picture) box.close();
    });
    box.addEventListener("keydown", function (event) {
      if (event.key === "ArrowRight") show(at + 1);
      if (event.key === "ArrowLeft") show(at - 1);
    });
    box.addEventListener("close", function () { links[at].focus(); });
  }

  function contents(toc) {
    var links = {}, current = null;
    toc.querySelectorAll('a[href^="#"]').forEach(function (a) { links[a.hash.slice(1)] = a; });
    var observer = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        if (current) current.removeAttribute("aria-current");
        current = links[entry.target.id];
        current.setAttribute("aria-current", "true");
      });
    }, { rootMargin: "-10% 0px -75% 0px" });
    Object.keys(links).forEach(function (id) {
      var target = document.getElementById(id);
      if (target) observer.observe(target);
    });
  }

  // Rows of all groups become one list while a column orders them; a third click brings the
  // groups back. What has no value comes last either way.
  function sortable(table) {
    var heads = Array.from(table.tHead.rows[0].cells);
    var groups = Array.from(table.tBodies);
    var list = document.createElement("tbody");
    groups.forEach(function (group) {
      var shared = group.querySelector("[rowspan]");
      Array.from(group.rows).forEach(function (row) {
        var copy = list.appendChild(row.cloneNode(true));
        if (copy.cells.length < heads.length) copy.prepend(shared.cloneNode(true));
        copy.cells[0].rowSpan = 1;
        copy.cells[0].scope = "row";
      });
    });
    var rows = Array.from(list.rows);
    list.className = "sorted";
    function ordered(column, way) {
      var sorted = rows.slice().sort(function (one, other) {
        var a = one.cells[column].dataset.value, b = other.cells[column].dataset.value;
        return a && b ? way * (a - b) || 0 : !a - !b;
      });
      list.append.apply(list, sorted);
      return list;
    }
    heads.forEach(function (head, column) {
      if (!("value" in rows[0].cells[column].dataset)) return;
      var button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append.apply(button, Array.from(head.childNodes));
      head.append(button);
      button.addEventListener("click", function () {
        var next = { null: "ascending", ascending: "descending" }[head.getAttribute("aria-sort")];
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        Array.from(table.tBodies).forEach(function (body) { body.remove(); });
        if (next) head.setAttribute("aria-sort", next);
        table.append.apply(table, next ? [ordered(column, next === "ascending" ? 1 : -1)] : groups);
      });
    });
  }

  // Lazy pictures stay blank on paper: fetch the rest once the page is idle, unless data is saved.
  function fetchAll() {
    document.querySelectorAll("img[loading=lazy]").forEach(function (img) { img.loading = "eager"; });
  }

  var button = document.querySelector(".theme");
  if (button) themeButton(button);
  var box = document.querySelector("dialog.lightbox");
  if (box && box.showModal) lightbox(box);
  document.querySelectorAll("table.cells").forEach(sortable);
  var toc = document.querySelector("details.toc");
  if (toc && "IntersectionObserver" in window) contents(toc);
  addEventListener("beforeprint", fetchAll);
  addEventListener("beforeprint", function () {
    document.querySelectorAll(".details details").forEach(function (section) { section.open = true; });
  });
  var saving = navigator.connection && navigator.connection.saveData;
  if (!saving && matchMedia("(min-width: 64em)").matches) {
    addEventListener("load", function () { (window.requestIdleCallback || setTimeout)(fetchAll); });
  }
})();
