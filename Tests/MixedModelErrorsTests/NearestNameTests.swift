// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@Suite("Nearest name")
struct NearestNameTests {
  @Test(
    "The candidate fewest edits away is meant",
    arguments: [
      ("day", ["days", "reaction", "subj"], "days"),
      ("Days", ["days", "reaction", "subj"], "days"),
      ("reactoin", ["days", "reaction", "subj"], "reaction"),
      ("subject", ["days", "Subjects", "subj"], "Subjects"),
      ("bobqya", ["bobyqa", "newuoa", "cobyla"], "bobyqa"),
      ("x", ["y", "X"], "X"), ("ab", ["cd", "AB"], "AB"), ("abc", ["xyz", "abd"], "abd"),
    ])
  func nearest(_ name: String, _ candidates: [String], _ expected: String) {
    #expect(nearestName(to: name, in: candidates) == expected)
  }

  @Test(
    "A candidate more than a third of its length away is not meant",
    arguments: [
      ("day", ["reaction", "subj"]), ("yield", ["batch", "sample"]), ("ab", ["cd"]), ("x", []),
      ("temperature", ["tem"]), ("h", ["y", "x", "g"]), ("x1", ["x2"]), ("xx", ["x"]), ("", ["a"]),
    ])
  func noneNear(_ name: String, _ candidates: [String]) {
    #expect(nearestName(to: name, in: candidates) == nil)
    #expect(suggestion(for: name, in: candidates).isEmpty)
  }

  @Test("An exact match wins over everything, the first of equally near candidates over later ones")
  func ties() {
    #expect(nearestName(to: "x1", in: ["x2", "x1"]) == "x1")
    #expect(nearestName(to: "age1", in: ["age2", "age3"]) == "age2")
    #expect(nearestName(to: "X1", in: ["x2", "x1"]) == "x1")
  }

  @Test("The distance is symmetric in insertions and deletions, and counts letters, not bytes")
  func letters() {
    #expect(nearestName(to: "größe", in: ["große", "gross"]) == "große")
    #expect(nearestName(to: "abc", in: ["abcd"]) == "abcd")
    #expect(nearestName(to: "abcd", in: ["abc"]) == "abc")
  }

  @Test("A suggestion is a question that names the candidate")
  func wording() {
    #expect(suggestion(for: "day", in: ["days", "subj"]) == "Did you mean \"days\"?")
  }
}
