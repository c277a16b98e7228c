// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import Testing

@Suite("The error type")
struct MixedModelErrorTests {
  @Test("The description is the problem and then the remedy")
  func description() {
    let error = MixedModelError(
      .unknownName, .column("day"), problem: "There is no column \"day\".",
      remedy: "Did you mean \"days\"?")
    #expect(error.description == "There is no column \"day\". Did you mean \"days\"?")
    #expect("\(error)" == error.description)
    #expect(error.kind == .unknownName)
    #expect(error.subject == .column("day"))
  }

  @Test("Without a remedy the description is the problem alone")
  func noRemedy() {
    let error = MixedModelError(.numerical, .nothing, problem: "The criterion has no value.")
    #expect(error.remedy.isEmpty)
    #expect(error.description == "The criterion has no value.")
  }

  @Test("Errors are equal when all their facts and sentences are")
  func equality() {
    func error(
      _ kind: MixedModelError.Kind = .data, _ subject: MixedModelError.Subject = .row(3),
      _ problem: String = "Row 3 is damaged.", _ remedy: String = ""
    ) -> MixedModelError { MixedModelError(kind, subject, problem: problem, remedy: remedy) }
    #expect(error() == error())
    #expect(error() != error(.model))
    #expect(error() != error(.data, .row(4)))
    #expect(error() != error(.data, .row(3), "Row 3 is short."))
    #expect(error() != error(.data, .row(3), "Row 3 is damaged.", "Mend it."))
    #expect(Set([error(), error(), error(.model)]).count == 2)
  }

  @Test("A subject carries what the user wrote")
  func subjects() {
    let subjects: Set<MixedModelError.Subject> = [
      .formula(position: 4), .formula(position: 5), .column("x"), .term("x"), .option("x"),
      .file("x"), .level("x", term: "g"), .level("x", term: "h"), .row(4), .nothing,
    ]
    #expect(subjects.count == 10)
  }
}
