(function () {
  var table = document.getElementById("matrix"), box = document.createElement("input");
  box.type = "search";
  box.placeholder = "filter: name, status, fidelity, ...";
  box.setAttribute("aria-label", "filter the theorems");
  box.addEventListener("input", function () {
    var words = box.value.toLowerCase().split(/\s+/);
    Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
      var text = row.textContent.toLowerCase();
      row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
    });
  });
  table.parentNode.parentNode.insertBefore(box, table.parentNode);
})();
