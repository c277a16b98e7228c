// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MixedModelErrors
import Testing

@testable import DataTables

@Suite("Replacing files")
struct FileReplacementTests {
  @Test("Links are followed, through others, and to where there is no file yet")
  func links() throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let inner = folder.appendingPathComponent("inner")
    try manager.createDirectory(at: inner, withIntermediateDirectories: true)
    defer { try? manager.removeItem(at: folder) }
    let (first, second) = (folder.path + "/first", folder.path + "/second")
    try manager.createSymbolicLink(atPath: first, withDestinationPath: "second")
    try manager.createSymbolicLink(atPath: second, withDestinationPath: "inner/file")
    for text in ["new", "old no more"] {
      try replaceFile(at: first, with: text.utf8)
      #expect(try String(contentsOfFile: inner.path + "/file", encoding: .utf8) == text)
      #expect(try manager.destinationOfSymbolicLink(atPath: first) == "second")
      #expect(try manager.destinationOfSymbolicLink(atPath: second) == "inner/file")
    }
    #expect(try manager.contentsOfDirectory(atPath: inner.path) == ["file"])
    let (ring, far) = (folder.path + "/ring", folder.path + "/far")
    try manager.createSymbolicLink(atPath: ring, withDestinationPath: ring)
    try manager.createSymbolicLink(atPath: far, withDestinationPath: "nowhere/file")
    for path in [ring, far] {
      let error = #expect(throws: MixedModelError.self) {
        try replaceFile(at: path, with: "text".utf8)
      }
      #expect(error?.problem.hasPrefix("The file \"\(path)\" cannot be written: ") == true)
    }
  }
}
