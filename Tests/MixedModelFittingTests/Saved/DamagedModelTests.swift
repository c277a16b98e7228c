// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModelDatasets
import MixedModelErrors
import ModelFormulas
import Testing

@testable import MixedModelFitting

@Suite("Damaged saved models")
struct DamagedModelTests {
  private static func text(_ item: SavedModelCase) throws -> [UInt8] {
    try item.saved().saved.json()
  }

  private static func message(_ text: some Sequence<UInt8>) -> String? {
    #expect(throws: MixedModelError.self) { _ = try SavedModel(json: text) }?.description
  }

  private static let cutShort =
    "The saved model is damaged or cut short: it is not whole JSON. Save the model again."
  private static let notAModel =
    "The saved model is not a saved model. \"mixedmodels fit\" writes one with the option --save."

  @Test("Every beginning of a saved model is refused")
  func prefixes() throws {
    let text = try Self.text(SavedModelCase("yield ~ 1 + (1 | batch)", Dataset.dyestuff2.table))
    // The line end after the last brace is not missed.
    for length in 0..<text.count - 1 {
      var message = ""
      do {
        _ = try SavedModel(json: text[..<length])
        Issue.record("a beginning of \(length) bytes was read")
      } catch {
        message = error.description
      }
      if message != (length == 0 ? Self.notAModel : Self.cutShort) {
        Issue.record("\(length) bytes: \(message)")
        return
      }
    }
  }

  @Test(
    "What is no saved model is told so",
    arguments: [
      "", " ", "hello", "y,x\n1,2\n", "[]", "{}", "null", "3", "\"mixedmodels model\"",
      "{\"format\": \"another\", \"version\": 1}", "{\"format\": 1, \"version\": 1}",
      "{\"format\": \"mixedmodels model\"}",
      "{\"format\": \"mixedmodels model\", \"version\": \"1\"}",
    ])
  func otherDocuments(_ text: String) {
    #expect(Self.message(text.utf8) == Self.notAModel)
  }

  @Test("Bytes that are not UTF-8 are refused")
  func otherBytes() {
    #expect(Self.message([0x7B, 0xFF, 0xFE, 0x00]) != nil)
  }

  @Test("A model of a later version is told so, whatever else it holds")
  func laterVersion() {
    #expect(
      Self.message("{\"format\": \"mixedmodels model\", \"version\": 2}".utf8)
        == "The saved model is a saved model of version 2, and this program knows versions up to "
        + "1. Read it with a later release, or save the model again with this one.")
  }

  @Test("A model that does not come from a file is named by its file otherwise")
  func fileNames() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "\(UUID().uuidString).json"
    ).path
    let absent = #expect(throws: MixedModelError.self) { _ = try SavedModel(contentsOf: path) }
    #expect(
      absent?.description
        == "There is no file \"\(path)\". Give a saved model. \"mixedmodels fit\" writes one with "
        + "the option --save.")
    try Data("{".utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let cut = #expect(throws: MixedModelError.self) { _ = try SavedModel(contentsOf: path) }
    #expect(
      cut?.problem == "The file \"\(path)\" is damaged or cut short: it is not whole JSON.")
    #expect(cut?.subject == .file(path))
  }

  /// Two models that have every kind of member between them.
  private static let wholeModels = [
    SavedModelCase(
      "reaction ~ 1 + scale(days) + (1 + days | subj)", Dataset.sleepstudy.table,
      optimization: .init(
        ftolRelative: 1e-9, ftolAbsolute: 1e-8, xtolRelative: 1e-9, xtolAbsolute: 1e-9,
        initialStep: [1, 2, 3], maxEvaluations: 50, maxTime: 60, start: [1, 0.1, 1],
        lowerBounds: [0, -.infinity, 0])),
    SavedModelCase(
      "incidence / size ~ period + (1 | herd / period)", Dataset.cbpp.table, .binomial, nil,
      .profiledLaplace, .init(categorical: ["period"])),
    // Singular, so that the certificate has conditions on the boundary.
    SavedModelCase("yield ~ 1 + (1 | batch)", Dataset.dyestuff2.table),
  ]

  @Test("A member that is missing is named", arguments: wholeModels)
  func missingMembers(_ item: SavedModelCase) throws {
    let document = try JSONSerialization.jsonObject(with: Data(Self.text(item)))
    var count = 0
    for place in Place.all(in: document) {
      guard case .member(let name)? = place.path.last, !place.isVariable else { continue }
      count += 1
      let message = try #require(Self.message(place.removed(from: document)), "\(place)")
      let isHeader = place.path.count == 1 && ["format", "version"].contains(name)
      #expect(isHeader ? message == Self.notAModel : message.contains(name), "\(place)")
    }
    #expect(count > 50)
  }

  @Test("A value of another type is refused, at every place", arguments: wholeModels)
  func otherTypes(_ item: SavedModelCase) throws {
    let document = try JSONSerialization.jsonObject(with: Data(Self.text(item)))
    for place in Place.all(in: document)
    where place.path.first != .member("expandedFormula") {
      for other: Any in ["?" as Any, 1.5 as Any, [[0.5]] as Any, ["?": 1] as Any] {
        guard !Place.isSameType(place.value, other), !place.isNullable(other) else { continue }
        let text = try place.replaced(by: other, in: document)
        do {
          _ = try SavedModel(json: text)
          Issue.record("\(other) was read at \(place)")
        } catch {
          #expect(!error.problem.isEmpty)
        }
      }
    }
  }

  @Test(
    "A list that is longer or shorter is refused, or is one that may be", arguments: wholeModels)
  func otherLengths(_ item: SavedModelCase) throws {
    let document = try JSONSerialization.jsonObject(with: Data(Self.text(item)))
    // What other members do not depend on.
    let free: Set<String> = [
      "initialParameters", "finalParameters", "boundaryConditions", "initialStep", "start",
      "lowerBounds", "zeroCovariates", "openEffects",
    ]
    var count = 0
    for place in Place.all(in: document) {
      guard let list = place.value as? [Any], let last = list.last else { continue }
      guard case .member(let name)? = place.path.last else {
        count += try Self.refusals(of: list, last, at: place, in: document)
        continue
      }
      guard !free.contains(name) else { continue }
      count += try Self.refusals(of: list, last, at: place, in: document)
    }
    #expect(count > 10)
  }

  private static func refusals(
    of list: [Any], _ last: Any, at place: Place, in document: Any
  ) throws -> Int {
    for other in [Array(list.dropLast()), list + [last]] {
      let text = try place.replaced(by: other, in: document)
      do {
        _ = try SavedModel(json: text)
        Issue.record("\(other.count) elements were read at \(place)")
      } catch {
        #expect(error.kind == .file)
      }
    }
    return 2
  }

  @Test(
    "Values that fit no other member are refused",
    arguments: [
      ("\"rowsUsed\" : 30", "\"rowsUsed\" : 0"), ("\"rowsUsed\" : 30", "\"rowsUsed\" : 1e99"),
      ("\"observations\" : 30", "\"observations\" : 31"),
      ("\"rowsOfFrequencyZero\" : 0", "\"rowsOfFrequencyZero\" : 1"),
      ("yield ~ 1 + (1 | batch)", "yield ~ 1 + (1 | "),
      ("yield ~ 1 + (1 | batch)", "other ~ 1 + (1 | batch)"),
      ("yield ~ 1 + (1 | batch)", "yield ~ 1 + batch + (1 | batch)"),
      ("\"isLinear\" : true", "\"isLinear\" : false"),
      ("\"criterion\" : \"ML\"", "\"criterion\" : \"MLE\""),
      ("\"family\" : \"gaussian\"", "\"family\" : \"gauss\""),
      ("\"link\" : \"identity\"", "\"link\" : \"power:0\""),
      ("\"termination\" : \"", "\"termination\" : \"un"),
      ("\"kind\" : \"numbers\"", "\"kind\" : \"categories\""),
      ("\"digest\" : \"", "\"digest\" : \"+"), ("\"estimable\" : [", "\"estimable\" : [-1, "),
    ])
  func otherValues(_ change: (from: String, to: String)) throws {
    let text = try #require(
      String(
        bytes: Self.text(SavedModelCase("yield ~ 1 + (1 | batch)", Dataset.dyestuff2.table)),
        encoding: .utf8))
    #expect(text.contains(change.from))
    let error = #expect(throws: MixedModelError.self) {
      _ = try SavedModel(json: text.replacingOccurrences(of: change.from, with: change.to).utf8)
    }
    #expect(error?.kind == .file)
    #expect(error?.remedy.isEmpty == false)
  }
}

/// A place in a JSON document, and what stands there.
private struct Place: CustomStringConvertible {
  enum Step: Hashable {
    case member(String)
    case element(Int)
  }

  let path: [Step]
  let value: Any

  var description: String { "\(path)" }

  /// All places below the whole document; of long lists the first elements only.
  static func all(in document: Any, path: [Step] = []) -> [Place] {
    var places = path.isEmpty ? [] : [Place(path: path, value: document)]
    if let members = document as? [String: Any] {
      for name in members.keys.sorted() {
        places += all(in: members[name] ?? NSNull(), path: path + [.member(name)])
      }
    } else if let elements = document as? [Any] {
      for (index, element) in elements.prefix(1).enumerated() {
        places += all(in: element, path: path + [.element(index)])
      }
    }
    return places
  }

  /// Whether the member's name is that of a column of the data.
  var isVariable: Bool { path.count == 3 && path[1] == .member("variables") }

  /// Whether null stands here and may be the other value, too.
  func isNullable(_ other: Any) -> Bool {
    guard value is NSNull, case .member(let name)? = path.last else { return false }
    switch other {
    case is String: return ["source"].contains(name)
    case is Double:
      return ["ftolRelative", "ftolAbsolute", "xtolRelative", "xtolAbsolute", "maxTime"].contains(
        name)
    default: return false
    }
  }

  static func isSameType(_ left: Any, _ right: Any) -> Bool {
    switch (left, right) {
    case (is String, is String): true
    case (let word as String, is NSNumber): word == "-Infinity"
    // Whole numbers are numbers; a place for whole ones alone has text there in other cases.
    case (is NSNumber, is NSNumber): true
    case (is [Any], is [Any]): true
    case (is [String: Any], is [String: Any]): true
    default: false
    }
  }

  func removed(from document: Any) throws -> Data {
    try Self.data(Self.changed(document, path[...]) { _ in nil })
  }

  func replaced(by other: Any, in document: Any) throws -> Data {
    try Self.data(Self.changed(document, path[...]) { _ in other })
  }

  private static func data(_ document: Any?) throws -> Data {
    try JSONSerialization.data(withJSONObject: try #require(document))
  }

  private static func changed(
    _ document: Any, _ path: ArraySlice<Step>, _ change: (Any) -> Any?
  ) -> Any? {
    guard let step = path.first else { return change(document) }
    switch step {
    case .member(let name):
      guard var members = document as? [String: Any], let member = members[name] else {
        return document
      }
      members[name] = changed(member, path.dropFirst(), change)
      return members
    case .element(let index):
      guard var elements = document as? [Any], elements.indices.contains(index) else {
        return document
      }
      if let element = changed(elements[index], path.dropFirst(), change) {
        elements[index] = element
      } else {
        elements.remove(at: index)
      }
      return elements
    }
  }
}
