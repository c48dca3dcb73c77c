/// What a site's link to the network carries of a consult.
public enum LinkQuality: String, Codable, Sendable, CaseIterable {
    /// Sound and moving pictures.
    case video
    /// Sound, and a still picture now and then.
    case audio
    /// Text and vital signs.
    case text
}

extension ConsultRequest {
    /// The request as a link carries it: what is asked for by video is held by sound where the link
    /// carries no more.
    public func carried(by link: LinkQuality?) -> ConsultRequest {
        guard modality == .video, let link, link != .video else { return self }
        var request = self
        request.modality = .audio
        request.wishedModality = .video
        return request
    }
}
